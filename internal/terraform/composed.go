package terraform

import (
	"cmp"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

// block is one that names an image in several attributes.
type block struct {
	// name is its name or, behind an underscore, the end of it.
	name string
	// types are the resource types in which a block of this name does; nil are all.
	types   []string
	compose func(fields map[string]string) string
}

var blocks = []block{
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

// blockAt is the block at a path of a resource that may name an image in several attributes, or nil.
func blockAt(resource string, path []string) *block {
	if len(path) == 0 {
		return nil
	}
	for i, b := range blocks {
		before, ok := strings.CutSuffix(path[len(path)-1], b.name)
		isNamed := ok && (before == "" || strings.HasSuffix(before, "_"))
		if isNamed && (b.types == nil || slices.Contains(b.types, resource)) {
			return &blocks[i]
		}
	}
	return nil
}

// isBlockUnknown is whether what is at this path of a resource is such a block, or in one. Blocks of certain types have
// more attributes, which are computed.
func isBlockUnknown(resource string, path []string) bool {
	if blockAt(resource, path) != nil {
		return true
	}
	around := blockAt(resource, path[:max(0, len(path)-1)])
	return around != nil && around.types == nil
}

// compose is the image that a block of this name names in several fields, as one id; empty where it does not.
func compose(name string, fields map[string]string) string {
	if b := blockAt("", []string{name}); b != nil {
		return b.compose(fields)
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

// unknownSource stands for an image whose id is not known before apply.
const unknownSource = "?"

// source is the image that a disk begins as.
func source(block map[string]string) string {
	if !strings.EqualFold(field(block, "source_type"), "image") {
		return ""
	}
	return cmp.Or(field(block, "source_id", "uuid"), unknownSource)
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
