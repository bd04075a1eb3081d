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
		if strings.HasSuffix("_"+path[len(path)-1], "_"+b.name) && (b.types == nil || slices.Contains(b.types, resource)) {
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

// offer is an image of Azure's marketplace, of which Azure takes the latest version where none is given. Of blocks
// that name an image by its id, publisher and offer are empty.
func offer(block map[string]string) string {
	publisher, offer := block["publisher"], block["offer"]
	if publisher == "" || offer == "" {
		return ""
	}
	return strings.Join([]string{publisher, offer, block["sku"], cmp.Or(block["version"], "latest")}, ":")
}

// gallery is an image of an Azure gallery: of a community's, where it is computeGallery without a subscription.
func gallery(block map[string]string) string {
	gallery, image := cmp.Or(block["gallery_name"], block["gallery"]), cmp.Or(block["image_name"], block["name"])
	subscription, group := cmp.Or(block["subscription"], block["subscriptionID"]), cmp.Or(block["resource_group"], block["resourceGroup"])
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
	if version := cmp.Or(block["image_version"], block["version"]); version != "" {
		id += "/versions/" + version
	}
	return id
}

// googleImage is an image or an image family of Google's.
func googleImage(block map[string]string) string {
	project, name := cmp.Or(block["project"], block["image_project"]), cmp.Or(block["name"], block["image_name"], block["image"])
	isFamily := name == ""
	if isFamily {
		name = cmp.Or(block["family"], block["image_family"])
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
	if !strings.EqualFold(block["source_type"], "image") {
		return ""
	}
	return cmp.Or(block["source_id"], block["uuid"], unknownSource)
}
