package terraform

import (
	"cmp"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

// blocks are those that name an image in several attributes, by the ends of their names.
var blocks = []struct {
	name string
	// types are the resource types in which a block of this name does; nil are all.
	types   []string
	compose func(fields map[string]string) string
}{
	// Azure's marketplace: source_image_reference and the like in hashicorp/azurerm, imageReference in Azure/azapi,
	// marketplace in an AzureMachineTemplate
	{"image_reference", nil, offer},
	{"imageReference", nil, offer},
	{"marketplace", nil, offer},
	// Azure's galleries, in templates of Packer's plugin and in an AzureMachineTemplate:
	// https://developer.hashicorp.com/packer/integrations/hashicorp/azure/latest/components/builder/arm
	// https://capz.sigs.k8s.io/self-managed/custom-images
	{"shared_image_gallery", nil, gallery},
	{"computeGallery", nil, gallery},
	{"sharedGallery", nil, gallery},
	// Google: google_workbench_instance, google_notebooks_instance; google_container_cluster, google_container_node_pool
	{"vm_image", nil, googleImage},
	{"node_image_config", nil, googleImage},
	// An image, or else a volume or snapshot
	{"source_details", []string{"oci_core_instance"}, source},
	{"block_device", []string{"openstack_compute_instance_v2"}, source},
}

// composer tells what image a block at a path of a resource names, where it may name one in several attributes.
func composer(resource string, path []string) func(map[string]string) string {
	if len(path) == 0 {
		return nil
	}
	last := path[len(path)-1]
	for _, b := range blocks {
		if strings.HasSuffix(last, b.name) && (b.types == nil || slices.Contains(b.types, resource)) {
			return b.compose
		}
	}
	return nil
}

// Compose is the image that a block of this name names in several fields, as one id; empty where it does not.
func Compose(block string, fields map[string]string) string {
	if compose := composer("", []string{block}); compose != nil {
		return compose(fields)
	}
	return ""
}

// offer is an image of Azure's marketplace, of which Azure takes the latest version where none is given. Of blocks
// that name an image by its id, publisher and offer are empty.
func offer(block map[string]string) string {
	publisher, offer := field(block, "publisher"), field(block, "offer")
	if publisher == "" || offer == "" {
		return ""
	}
	return strings.Join([]string{publisher, offer, field(block, "sku"), cmp.Or(field(block, "version"), "latest")}, ":")
}

// gallery is an image of an Azure gallery: of a community's, where it is computeGallery without a subscription.
func gallery(block map[string]string) string {
	gallery, image := field(block, "gallery_name", "gallery"), field(block, "image_name", "name")
	subscription, group := field(block, "subscription", "subscriptionID"), field(block, "resource_group", "resourceGroup")
	_, ofPacker := block["gallery_name"]
	var id string
	switch {
	case gallery == "" || image == "":
		return ""
	case subscription != "" && group != "":
		id = "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.Compute/galleries/" + gallery + "/images/" + image
	case ofPacker:
		return "" // its subscription is that of the build
	default:
		id = "/CommunityGalleries/" + gallery + "/Images/" + image
	}
	if version := field(block, "image_version", "version"); version != "" {
		id += "/versions/" + version
	}
	return id
}

// googleImage is an image or an image family of Google's.
func googleImage(block map[string]string) string {
	project, name := field(block, "project", "image_project"), field(block, "name", "image_name", "image")
	isFamily := name == ""
	if isFamily {
		name = field(block, "family", "image_family")
	}
	if project == "" || name == "" {
		return ""
	}
	return imageids.GooglePath(project, name, isFamily)
}

// source is the image that a disk begins as.
func source(block map[string]string) string {
	if !strings.EqualFold(field(block, "source_type"), "image") {
		return ""
	}
	return field(block, "source_id", "uuid")
}

// field is the first of a block's fields that is not empty.
func field(block map[string]string, names ...string) string {
	for _, name := range names {
		if block[name] != "" {
			return block[name]
		}
	}
	return ""
}
