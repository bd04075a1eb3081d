package imageids

import (
	"slices"
	"strings"
)

// parseAzure reads the id of a resource of Azure's, or of an image of a shared or community gallery.
// Azure compares them without regard to case.
func parseAzure(written string) (reference, bool) {
	key := strings.TrimRight(strings.ToLower(written), "/")
	for _, start := range []string{"/subscriptions/", "/communitygalleries/", "/sharedgalleries/"} {
		if strings.HasPrefix(key, start) {
			return reference{cloud: azure, key: key, floating: isNewestOfAzure(key)}, true
		}
	}
	return reference{}, false
}

// isNewestOfAzure is whether an id is an image of a gallery or the marketplace without a version or with the
// version latest.
//
// https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries
// https://learn.microsoft.com/rest/api/compute/virtual-machine-images/get
func isNewestOfAzure(key string) bool {
	parts := strings.Split(key, "/")
	last := len(parts) - 1
	ofGallery := last >= 3 && parts[last-1] == "images" && strings.HasSuffix(parts[last-3], "galleries")
	ofMarketplace := strings.Contains(key, "/artifacttypes/vmimage/") && !slices.Contains(parts, "versions")
	return ofGallery || ofMarketplace || strings.HasSuffix(key, "/versions/latest")
}

// The parts of an id that are not names, as Azure itself writes them: of its resources, and of galleries that
// others share.
var (
	resourceTypes = []string{"subscriptions", "resourceGroups", "providers", "Microsoft.Compute", "images", "galleries", "versions"}
	galleryTypes  = []string{"CommunityGalleries", "SharedGalleries", "Images", "Versions"}
)

// asAzureWrites is an id in Azure's own spelling, with its names as they are written. Types and names alternate
// in it, and a provider's name is as fixed as a type.
func asAzureWrites(written string) string {
	parts := strings.Split(strings.TrimRight(written, "/"), "/")
	types := resourceTypes
	if !strings.EqualFold(parts[1], resourceTypes[0]) {
		types = galleryTypes
	}
	for i := 1; i < len(parts); i++ {
		if i%2 == 0 && !strings.EqualFold(parts[i-1], "providers") {
			continue
		}
		for _, own := range types {
			if strings.EqualFold(parts[i], own) {
				parts[i] = own
			}
		}
	}
	return strings.Join(parts, "/")
}
