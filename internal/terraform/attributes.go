package terraform

import (
	"slices"
	"strings"
)

// attribute is one that holds an image's id: the end of its path in a resource, list indices left
// out.
type attribute struct {
	path []string
	// types are the resource types of which the path is known. They say where a block that is unknown
	// as a whole would have held it.
	types []string
	// only is whether the path is too general to count in resources of other types.
	only bool
}

// attributes is the table of the attributes that hold an image. Those of AWS follow the provider
// hashicorp/aws 6, of Azure hashicorp/azurerm 4 (and 3, where it had resources that 4 dropped), of
// Google hashicorp/google 7; each by its documentation in the Terraform registry. Attributes that
// hold a container image are not in it: HCP Packer does not know those.
var attributes = []attribute{
	// AWS: aws_instance, aws_spot_instance_request, aws_spot_fleet_request.launch_specification
	{path: []string{"ami"}},
	{path: []string{"launch_specification", "ami"}, types: []string{"aws_spot_fleet_request"}},
	// AWS: aws_opsworks_instance
	{path: []string{"ami_id"}},
	// AWS: aws_launch_template, aws_launch_configuration, aws_batch_compute_environment.compute_resources,
	// aws_codebuild_fleet; Cloud Control: awscc_ec2_instance
	{path: []string{"image_id"}},
	{path: []string{"compute_resources", "image_id"}, types: []string{"aws_batch_compute_environment"}},
	// AWS: aws_batch_compute_environment.compute_resources.ec2_configuration
	{path: []string{"image_id_override"}},
	// AWS: aws_emr_cluster
	{path: []string{"custom_ami_id"}},
	// AWS: aws_ami_copy
	{path: []string{"source_ami_id"}},
	// AWS: the image that an Image Builder recipe starts from, and that it builds containers on
	{path: []string{"parent_image"}, types: []string{"aws_imagebuilder_image_recipe"}, only: true},
	{path: []string{"instance_configuration", "image"}, types: []string{"aws_imagebuilder_container_recipe"}},
	// CloudFormation's spelling, in what is given to the Cloud Control API as an object
	{path: []string{"ImageId"}},

	// Azure: azurerm_linux_virtual_machine, azurerm_windows_virtual_machine, their scale sets and
	// azurerm_orchestrated_virtual_machine_scale_set
	{path: []string{"source_image_id"}},
	{
		path: []string{"source_image_reference", "id"},
		types: []string{
			"azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_linux_virtual_machine_scale_set",
			"azurerm_windows_virtual_machine_scale_set", "azurerm_orchestrated_virtual_machine_scale_set",
		},
	},
	// Azure: azurerm_virtual_machine, azurerm_batch_pool
	{path: []string{"storage_image_reference", "id"}, types: []string{"azurerm_virtual_machine", "azurerm_batch_pool"}},
	// Azure: the scale set of provider 3
	{path: []string{"storage_profile_image_reference", "id"}, types: []string{"azurerm_virtual_machine_scale_set"}},
	// Azure: azurerm_managed_disk, azurerm_dev_center_dev_box_definition
	{path: []string{"image_reference_id"}},
	{path: []string{"gallery_image_reference_id"}},
	// Azure: azurerm_lab_service_lab.virtual_machine; azurerm_shared_image_version
	{path: []string{"image_reference", "id"}, types: []string{"azurerm_lab_service_lab"}},
	{path: []string{"managed_image_id"}},
	// Azure's own spelling, in the body of azapi_resource
	{path: []string{"imageReference", "id"}},
	{path: []string{"imageReference", "communityGalleryImageId"}},
	{path: []string{"imageReference", "sharedGalleryImageId"}},

	// Google: google_compute_instance and its two relatives
	{
		path:  []string{"boot_disk", "initialize_params", "image"},
		types: []string{"google_compute_instance", "google_compute_instance_from_template", "google_compute_instance_from_machine_image"},
	},
	// Google: the templates
	{
		path:  []string{"disk", "source_image"},
		types: []string{"google_compute_instance_template", "google_compute_region_instance_template"},
	},
	{path: []string{"image"}, types: []string{"google_compute_disk", "google_compute_region_disk"}, only: true},
	{path: []string{"source_image"}, types: []string{"google_compute_image"}, only: true},
	// Linode, Hetzner and Scaleway (linode/linode 3, hetznercloud/hcloud 1, scaleway/scaleway 2): HCP Packer knows their
	// images by id
	{path: []string{"image"}, types: []string{"linode_instance", "linode_instance_disk", "hcloud_server", "scaleway_instance_server"}, only: true},
	// Google: the machines of a Dataproc cluster
	{path: []string{"image_uri"}, types: []string{"google_dataproc_cluster", "google_dataproc_workflow_template"}, only: true},
}

// others are attributes that look like one of the table, or hold an id in one of the text forms, and
// put no image into use. Each is the beginning of a path in a resource of the type.
var others = []struct {
	resource string
	path     []string
}{
	// Computed: a number of the image that the attribute image names.
	{"google_compute_disk", []string{"source_image_id"}},
	{"google_compute_region_disk", []string{"source_image_id"}},
	// An alias or a parameter of Cloud9's own.
	{"aws_cloud9_environment_ec2", []string{"image_id"}},
	// Computed: the images that Image Builder made.
	{"aws_imagebuilder_image", []string{"output_resources"}},
	// Computed: a container image's digest.
	{"docker_image", []string{"image_id"}},
	// Computed: the number of the image that the resource makes.
	{"digitalocean_custom_image", []string{"image_id"}},
}

// holdsImage is whether an attribute of a resource holds an image's id.
func holdsImage(resource string, path []string) bool {
	counts := func(a attribute) bool {
		return endsWith(path, a.path) && (!a.only || slices.Contains(a.types, resource))
	}
	return slices.ContainsFunc(attributes, counts) && !isOther(resource, path) && !slices.ContainsFunc(path, describes)
}

// coversImage is whether a block of a resource of this type holds an attribute that holds an image's
// id.
func coversImage(resource string, path []string) bool {
	return !slices.ContainsFunc(path, describes) && slices.ContainsFunc(attributes, func(a attribute) bool {
		for n := len(a.path) - 1; n > 0; n-- {
			if endsWith(path, a.path[:n]) {
				return slices.Contains(a.types, resource)
			}
		}
		return false
	})
}

// isSearched is whether the text of an attribute is searched for ids: not where it describes, says
// who may do what with an image, or tells the id of the resource itself.
func isSearched(resource string, path []string) bool {
	if len(path) == 0 || len(path) == 1 && (path[0] == "id" || path[0] == "self_link") {
		return false
	}
	last := path[len(path)-1]
	return !isOther(resource, path) && !slices.ContainsFunc(path, describes) && !isProse(last) && !isPolicy(last) &&
		!slices.ContainsFunc(strings.Split(resource, "_"), isPolicy)
}

func isOther(resource string, path []string) bool {
	for _, o := range others {
		if o.resource == resource && len(path) >= len(o.path) && slices.Equal(path[:len(o.path)], o.path) {
			return true
		}
	}
	return false
}

// describes is whether an attribute of this name describes a resource in its author's words. A key
// in it named like an attribute of the table puts no image into use.
func describes(name string) bool {
	switch name {
	case "tag", "tags", "tags_all", "Tags", "labels", "annotations":
		return true
	}
	return strings.HasSuffix(name, "_tags") || strings.HasSuffix(name, "_labels") || strings.HasSuffix(name, "_annotations")
}

func isProse(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "description") || name == "comment" || name == "comments" || name == "notes"
}

// isPolicy is whether an attribute of this name, or a resource with this word in its type, says who
// may do what, or what is allowed.
func isPolicy(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "policy") || strings.HasSuffix(name, "policies") || strings.HasPrefix(name, "policy_") ||
		strings.HasSuffix(name, "scope") || strings.HasSuffix(name, "scopes")
}

func endsWith(path, names []string) bool {
	return len(path) >= len(names) && slices.Equal(path[len(path)-len(names):], names)
}
