package terraform

import (
	"slices"
	"strings"
)

// attribute is one that holds an image's id.
type attribute struct {
	// path is the end of its path in a resource, list indices left out.
	path string
	// types are resource types that have it. They say where a block that is unknown as a whole would have held it.
	types []string
	// only is whether the path is too general to count in resources of other types.
	only bool
	// computed is whether a provider fills it in where it is left out, so that it is unknown in most plans.
	computed bool
}

// attributes are those that hold what one of Packer's plugins registers with HCP Packer. The plugins are those with the
// flag hcp-ready in their .web-docs/metadata.hcl, which developer.hashicorp.com/packer/integrations shows, and those
// that register images without it; what they register is in their artifact.go. Resources and attributes are those of the
// providers' documentation in the Terraform registry.
var attributes = []attribute{
	// AWS (hashicorp/aws 6, hashicorp/awscc 1). packer-plugin-amazon registers the id of an AMI, and its builder
	// amazon-ebsvolume those of volumes and snapshots. Volumes that are attached are not here: most are Terraform's own.
	{path: "ami", types: []string{"aws_instance", "aws_spot_instance_request"}},
	{path: "launch_specification.ami", types: []string{"aws_spot_fleet_request"}},
	{path: "ami_id", types: []string{"aws_opsworks_instance", "aws_pcs_compute_node_group"}},
	{path: "image_id", types: []string{"aws_launch_template", "aws_launch_configuration", "aws_codebuild_fleet", "awscc_ec2_instance"}},
	{path: "compute_resources.image_id", types: []string{"aws_batch_compute_environment"}},
	{path: "image_id_override", types: []string{"aws_batch_compute_environment"}},
	{path: "custom_ami_id", types: []string{"aws_emr_cluster"}},
	{path: "source_ami_id", types: []string{"aws_ami_copy"}},
	{path: "parent_image", types: []string{"aws_imagebuilder_image_recipe"}, only: true},
	{path: "instance_configuration.image", types: []string{"aws_imagebuilder_container_recipe"}},
	{path: "ImageId"}, // CloudFormation's name, in the objects of the Cloud Control API
	{path: "snapshot_id", only: true, computed: true, types: []string{
		"aws_ebs_volume", "aws_instance", "aws_spot_instance_request", "aws_spot_fleet_request", "aws_launch_template",
		"aws_launch_configuration", "aws_ami", "aws_imagebuilder_image_recipe", "awscc_ec2_volume", "awscc_ec2_instance",
	}},
	{path: "source_snapshot_id", types: []string{"aws_ebs_snapshot_copy"}, only: true},

	// Azure (hashicorp/azurerm 4, and 3 where it has what 4 dropped; Azure/azapi 2). packer-plugin-azure registers the
	// id of a managed image or else of a gallery's image version, or the URL of a VHD.
	{path: "source_image_id", types: []string{
		"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_linux_virtual_machine_scale_set",
		"azurerm_windows_virtual_machine_scale_set", "azurerm_orchestrated_virtual_machine_scale_set",
	}},
	{path: "source_image_reference.id", types: []string{"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine"}},
	{path: "storage_image_reference.id", types: []string{"azurerm_virtual_machine", "azurerm_batch_pool"}},
	{path: "storage_profile_image_reference.id", types: []string{"azurerm_virtual_machine_scale_set"}},
	{path: "image_reference_id", types: []string{"azurerm_managed_disk", "azurerm_dev_center_dev_box_definition"}},
	{path: "gallery_image_reference_id", types: []string{"azurerm_managed_disk"}},
	{path: "image_reference.id", types: []string{"azurerm_lab_service_lab"}},
	{path: "managed_image_id", types: []string{"azurerm_shared_image_version"}},
	{path: "image.id", types: []string{"azurerm_managed_devops_pool"}, only: true},
	{path: "imageReference.id", types: []string{"azapi_resource"}},
	{path: "imageReference.communityGalleryImageId", types: []string{"azapi_resource"}},
	{path: "imageReference.sharedGalleryImageId", types: []string{"azapi_resource"}},
	{path: "blob_uri", types: []string{"azurerm_image", "azurerm_shared_image_version"}, only: true},
	{path: "source_uri", types: []string{"azurerm_managed_disk"}, only: true, computed: true},
	{path: "storage_os_disk.image_uri", types: []string{"azurerm_virtual_machine"}, only: true},
	{path: "storage_profile_os_disk.image", types: []string{"azurerm_virtual_machine_scale_set"}, only: true},

	// Google (hashicorp/google 7). packer-plugin-googlecompute registers the name of an image.
	{path: "boot_disk.initialize_params.image", types: []string{
		"google_compute_instance", "google_compute_instance_from_template", "google_compute_instance_from_machine_image",
	}},
	{path: "disk.source_image", types: []string{"google_compute_instance_template", "google_compute_region_instance_template"}},
	{path: "image", types: []string{"google_compute_disk", "google_compute_region_disk"}, only: true},
	{path: "source_image", only: true, types: []string{
		"google_compute_image", "google_compute_region_instance_group_manager", "google_workstations_workstation_config",
	}},
	{path: "image_uri", types: []string{"google_dataproc_cluster", "google_dataproc_workflow_template"}, only: true},
	{path: "secondary_boot_disks.disk_image", types: []string{"google_container_cluster", "google_container_node_pool"}},

	// Oracle (oracle/oci 7). packer-plugin-oracle registers the OCID of an image.
	{path: "source_details.image_id", types: []string{"oci_core_instance_configuration"}},
	{path: "node_source_details.image_id", types: []string{"oci_containerengine_node_pool"}},
	{path: "node_image_id", types: []string{"oci_containerengine_node_pool"}, computed: true},
	{path: "image", types: []string{"oci_core_instance"}, only: true, computed: true},

	// OpenStack (terraform-provider-openstack/openstack 3). packer-plugin-openstack registers the id of an image.
	{path: "image_id", types: []string{
		"openstack_compute_instance_v2", "openstack_blockstorage_volume_v3", "openstack_containerinfra_nodegroup_v1",
	}},
	{path: "image", types: []string{"openstack_containerinfra_clustertemplate_v1"}, only: true},

	// vSphere (vmware/vsphere 2). packer-plugin-vsphere registers the name of a template, which is never its UUID.
	{path: "clone.template_uuid", types: []string{"vsphere_virtual_machine"}},

	// Docker (kreuzwerker/docker 3). packer-plugin-docker registers the id of an image, sha256:….
	{path: "image", types: []string{"docker_container"}, only: true},
	{path: "container_spec.image", types: []string{"docker_service"}, only: true},

	// Clouds whose plugins register the id of an image, a snapshot or a template: digitalocean/digitalocean 2, linode/linode 3,
	// hetznercloud/hcloud 1, scaleway/scaleway 2, IBM-Cloud/ibm 1, crusoecloud/crusoe 0, vultr/vultr 2, UpCloudLtd/upcloud 5,
	// outscale/outscale 1. packer-plugin-outscale's builder bsuvolume registers snapshots.
	{path: "image", only: true, types: []string{
		"digitalocean_droplet", "linode_instance", "linode_instance_disk", "hcloud_server", "scaleway_instance_server",
		"ibm_is_instance", "ibm_is_instance_template", "ibm_is_bare_metal_server", "ibm_is_bare_metal_server_initialization",
		"crusoe_compute_instance", "crusoe_instance_template",
	}},
	{path: "droplet_template.image", types: []string{"digitalocean_droplet_autoscale"}},
	{path: "custom_image", types: []string{"crusoe_compute_instance"}, only: true},
	{path: "snapshot_id", only: true, computed: true, types: []string{
		"vultr_instance", "vultr_bare_metal_server", "outscale_volume", "outscale_vm", "outscale_image",
	}},
	{path: "source_snapshot_id", types: []string{"outscale_snapshot"}, only: true, computed: true},
	{path: "source_image_id", types: []string{"outscale_image"}, computed: true},
	{path: "image_id", types: []string{"outscale_vm", "scaleway_autoscaling_instance_template"}},
	{path: "template.storage", types: []string{"upcloud_server"}},
	{path: "clone.id", types: []string{"upcloud_storage"}, only: true},
}

// others are attributes, by resource types, that look like one of the table, or hold an id in one of the text forms, and
// put no image into use.
var others = map[string]string{
	// Computed: an image that another attribute names, or that the resource makes or is of.
	"google_compute_disk":         "source_image_id",
	"google_compute_region_disk":  "source_image_id",
	"aws_imagebuilder_image":      "output_resources",
	"kubernetes_manifest":         "object", // what the attribute manifest has, with all that it leaves out as unknown
	"docker_image":                "image_id",
	"digitalocean_custom_image":   "image_id",
	"outscale_image":              "image_id",
	"oci_core_boot_volume":        "image_id",
	"oci_core_boot_volume_backup": "image_id",
	"ibm_pi_image":                "image_id",
	"ibm_pi_capture":              "image_id",
	// The id that the image is to have.
	"openstack_images_image_v2": "image_id",
	// An alias or a parameter of Cloud9's own, an application of Vultr's.
	"aws_cloud9_environment_ec2": "image_id",
	"vultr_instance":             "image_id",
	"vultr_bare_metal_server":    "image_id",
}

func attributeAt(resource string, path []string) *attribute {
	if isOther(resource, path) {
		return nil
	}
	var found *attribute
	for i := range attributes {
		a := &attributes[i]
		if !endsWith(path, a.path) {
			continue
		}
		if slices.Contains(a.types, resource) || found == nil && !a.only {
			found = a
		}
	}
	return found
}

// isImageUnknown is whether an image is not known where what is at this path of a resource is not.
func isImageUnknown(resource string, path []string) bool {
	if a := attributeAt(resource, path); a != nil {
		return !a.computed || !slices.Contains(a.types, resource)
	}
	hasOneIn := func(a attribute) bool { return slices.Contains(a.types, resource) && a.isIn(path) }
	return !isOther(resource, path) && (isBlockUnknown(resource, path) || slices.ContainsFunc(attributes, hasOneIn))
}

// isIn is whether the attribute is in what is at this path, of a resource that has it.
func (a attribute) isIn(path []string) bool {
	for i, c := range a.path {
		if c == '.' && endsWith(path, a.path[:i]) {
			return true
		}
	}
	return false
}

// endsWith is whether a path ends with names that have dots between.
func endsWith(path []string, names string) bool {
	if !strings.HasSuffix(names, path[len(path)-1]) { // as most
		return false
	}
	want := strings.Split(names, ".")
	return len(path) >= len(want) && slices.Equal(path[len(path)-len(want):], want)
}

// isSearched is whether the text of an attribute is searched for ids: not where it describes, says
// who may do what with an image, or tells the id of the resource itself.
func isSearched(resource string, path []string) bool {
	switch last := strings.ToLower(path[len(path)-1]); {
	case len(path) == 1 && (path[0] == "id" || path[0] == "self_link"), isOther(resource, path):
		return false
	case last == "comment", last == "comments", last == "notes", strings.HasSuffix(last, "description"), isPolicy(last):
		return false
	}
	return !slices.ContainsFunc(strings.Split(resource, "_"), isPolicy)
}

// isOther is whether an attribute is one of the others, or in what describes the resource.
func isOther(resource string, path []string) bool {
	return others[resource] == path[0] || slices.ContainsFunc(path, describes)
}

// describes is whether an attribute of this name describes a resource in its author's words. A key
// in it named like an attribute of the table puts no image into use.
func describes(name string) bool {
	return name == "tag" || name == "tags_all" || name == "Tags" ||
		endsWithAny("_"+name, "_tags", "_labels", "_annotations")
}

// isPolicy is whether an attribute of this name, or a resource with this word in its type, says who
// may do what, or what is allowed.
func isPolicy(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "policy_") || endsWithAny(name, "policy", "policies", "scope", "scopes")
}

func endsWithAny(name string, ends ...string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}
