package imageids

import (
	"slices"
	"strings"
)

// attribute is one that holds an image's id: the end of its path in a resource, list indices left
// out.
type attribute struct {
	path string
	// types are the resource types of which the path is known. They say where a block that is unknown
	// as a whole would have held it.
	types []string
	// only is whether the path is too general to count in resources of other types.
	only bool
}

// attributes is the table of the attributes that hold an image. Those of AWS follow the provider
// hashicorp/aws 6, of Azure hashicorp/azurerm 4 (and 3, where it had resources that 4 dropped), of
// Google hashicorp/google 7; each by its documentation in the Terraform registry. Attributes that
// name an image family, a marketplace offer or a container image are not in it: HCP Packer does not
// know those.
var attributes = []attribute{
	// AWS: aws_instance, aws_spot_instance_request, aws_spot_fleet_request.launch_specification
	{path: "ami"},
	// AWS: aws_opsworks_instance
	{path: "ami_id"},
	// AWS: aws_launch_template, aws_launch_configuration, aws_batch_compute_environment.compute_resources,
	// aws_codebuild_fleet, aws_cloud9_environment_ec2; Cloud Control: awscc_ec2_instance
	{path: "image_id"},
	// AWS: aws_batch_compute_environment.compute_resources.ec2_configuration
	{path: "image_id_override"},
	// AWS: aws_emr_cluster
	{path: "custom_ami_id"},
	// AWS: aws_ami_copy
	{path: "source_ami_id"},
	// AWS: the image that an Image Builder recipe starts from, and that it builds containers on
	{path: "parent_image", types: []string{"aws_imagebuilder_image_recipe"}, only: true},
	{path: "instance_configuration.image", types: []string{"aws_imagebuilder_container_recipe"}},
	// CloudFormation's spelling, in the desired state of aws_cloudcontrolapi_resource and the like
	{path: "ImageId"},

	// Azure: azurerm_linux_virtual_machine, azurerm_windows_virtual_machine, their scale sets and
	// azurerm_orchestrated_virtual_machine_scale_set
	{path: "source_image_id"},
	{path: "source_image_reference.id"},
	// Azure: azurerm_virtual_machine, azurerm_batch_pool
	{path: "storage_image_reference.id", types: []string{"azurerm_virtual_machine", "azurerm_batch_pool"}},
	// Azure: the scale set of provider 3
	{path: "storage_profile_image_reference.id", types: []string{"azurerm_virtual_machine_scale_set"}},
	// Azure: azurerm_managed_disk, azurerm_dev_center_dev_box_definition
	{path: "image_reference_id"},
	{path: "gallery_image_reference_id"},
	// Azure: azurerm_lab_service_lab.virtual_machine; azurerm_shared_image_version
	{path: "image_reference.id", types: []string{"azurerm_lab_service_lab"}},
	{path: "managed_image_id"},
	// Azure's own spelling, in the body of azapi_resource
	{path: "imageReference.id"},

	// Google: google_compute_instance and its two relatives
	{
		path:  "boot_disk.initialize_params.image",
		types: []string{"google_compute_instance", "google_compute_instance_from_template", "google_compute_instance_from_machine_image"},
	},
	// Google: the templates
	{path: "disk.source_image", types: []string{"google_compute_instance_template", "google_compute_region_instance_template"}},
	{path: "image", types: []string{"google_compute_disk", "google_compute_region_disk"}, only: true},
	{path: "source_image", types: []string{"google_compute_image"}, only: true},
	// Google: the machines of a Dataproc cluster
	{path: "image_uri", types: []string{"google_dataproc_cluster", "google_dataproc_workflow_template"}, only: true},
}

// descriptions are attributes that describe a resource in its author's words. A key of theirs named
// like an attribute of the table puts no image into use.
var descriptions = []string{"tags", "tags_all", "labels", "effective_labels", "terraform_labels", "annotations", "effective_annotations"}

// holdsImage is whether an attribute of a resource holds an image's id.
func holdsImage(resource string, path []string) bool {
	return !describes(path) && slices.ContainsFunc(attributes, func(a attribute) bool {
		names := strings.Split(a.path, ".")
		return endsWith(path, names) && (!a.only || slices.Contains(a.types, resource))
	})
}

// coversImage is whether a block of a resource of this type holds an attribute that holds an image's
// id.
func coversImage(resource string, path []string) bool {
	return !describes(path) && slices.ContainsFunc(attributes, func(a attribute) bool {
		names := strings.Split(a.path, ".")
		for n := len(names) - 1; n > 0; n-- {
			if endsWith(path, names[:n]) {
				return slices.Contains(a.types, resource)
			}
		}
		return false
	})
}

func endsWith(path, names []string) bool {
	return len(path) >= len(names) && slices.Equal(path[len(path)-len(names):], names)
}

func describes(path []string) bool {
	return slices.ContainsFunc(path, func(name string) bool { return slices.Contains(descriptions, name) })
}
