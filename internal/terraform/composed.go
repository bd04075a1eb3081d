package terraform

import (
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

// composed is the image that a block names in several attributes, or empty, and whether it stands for
// whatever is newest.
func composed(path []string, block map[string]any) (id string, floating bool) {
	if len(path) == 0 {
		return "", false
	}
	last := path[len(path)-1]
	switch {
	case strings.HasSuffix(last, "image_reference"), last == "imageReference":
		return offer(block)
	case last == "vm_image":
		return vmImage(block), false // the id tells
	}
	return "", false
}

// offer is an image of Azure's marketplace, as blocks such as source_image_reference name it. Of those
// that name an image by its id, publisher and offer are empty.
func offer(block map[string]any) (id string, floating bool) {
	if text(block, "publisher") == "" || text(block, "offer") == "" {
		return "", false
	}
	var parts []string
	for _, name := range []string{"publisher", "offer", "sku", "version"} {
		if part := text(block, name); part != "" {
			parts = append(parts, part)
		}
	}
	version := text(block, "version")
	return strings.Join(parts, ":"), version == "" || strings.EqualFold(version, "latest")
}

// vmImage is an image or an image family of Google's, as google_workbench_instance and
// google_notebooks_instance name it.
func vmImage(block map[string]any) string {
	project, name := text(block, "project"), text(block, "name")+text(block, "image_name")
	isFamily := name == ""
	if isFamily {
		name = text(block, "family") + text(block, "image_family")
	}
	if project == "" || name == "" {
		return ""
	}
	return imageids.GooglePath(project, name, isFamily)
}

func text(block map[string]any, name string) string {
	value, _ := block[name].(string)
	return value
}
