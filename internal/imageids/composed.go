package imageids

import "strings"

// composed is the image that a block names in several attributes, or empty, and whether it stands for
// whatever is newest.
func composed(path []string, block map[string]any) (id string, floating bool) {
	if len(path) == 0 {
		return "", false
	}
	last := path[len(path)-1]
	switch {
	case strings.HasSuffix(last, "image_reference"), last == "imageReference":
		return offer(block), true
	case last == "vm_image":
		return vmImage(block), false // the id tells
	}
	return "", false
}

// offer is an image of Azure's marketplace, as blocks such as source_image_reference name it. Of those
// that name an image by its id, publisher and offer are empty.
func offer(block map[string]any) string {
	if text(block, "publisher") == "" || text(block, "offer") == "" {
		return ""
	}
	var parts []string
	for _, name := range []string{"publisher", "offer", "sku", "version"} {
		if part := text(block, name); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ":")
}

// vmImage is an image or an image family of Google's, as google_workbench_instance and
// google_notebooks_instance name it.
func vmImage(block map[string]any) string {
	image := reference{project: text(block, "project"), name: text(block, "name") + text(block, "image_name")}
	if image.name == "" {
		image.name, image.floating = text(block, "family")+text(block, "image_family"), true
	}
	if image.project == "" || image.name == "" {
		return ""
	}
	return googlePath(image)
}

func text(block map[string]any, name string) string {
	value, _ := block[name].(string)
	return value
}
