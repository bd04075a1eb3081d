package imageids

import "strings"

// cloud is whose form an id has.
type cloud int

const (
	noCloud cloud = iota // any other text
	amazon
	azure
	google
)

// reference is what a written id refers to.
type reference struct {
	cloud cloud
	// key is the same for all ids of an image, and no other image's.
	key string
	// floating is whether it stands for whatever is newest.
	floating bool
	// mayFloat is whether an id of this form may also be an image family's.
	mayFloat bool

	// Of Google's alone: host is how the written id begins, https://HOST/compute/VERSION/ or empty;
	// project is empty where it is not written.
	host, project, name string
}

// parse reads an id in any of its forms. What has none of them is an id all the same.
func parse(written string) reference {
	if isAMI(written) {
		return reference{cloud: amazon, key: written}
	}
	if r, ok := parseAzure(written); ok {
		return r
	}
	if r, ok := parseGoogle(written); ok {
		return r
	}
	return reference{key: written, floating: isParameter(written) || isBuilderImage(written) || isOffer(written)}
}

// Key is the same for all written ids of an image, and for no other image's.
func Key(written string) string { return parse(written).key }

// Same is whether two written ids mean the same image, each in any form.
func Same(a, b string) bool {
	return Key(a) == Key(b)
}

// isParameter is whether an id is one that Systems Manager holds in a parameter, as launch templates,
// CloudFormation's dynamic references and Image Builder's recipes name it.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
// https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html
func isParameter(written string) bool {
	return strings.HasPrefix(strings.TrimPrefix(written, "{{"), "resolve:ssm:") || strings.HasPrefix(written, "ssm:")
}

// isBuilderImage is whether an id is an image of Image Builder's with wildcards for its version, as
// in …:image/amazon-linux-2023/x.x.x.
//
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
func isBuilderImage(written string) bool {
	version := written[strings.LastIndexByte(written, '/')+1:]
	return strings.HasPrefix(written, "arn:") && strings.Contains(written, ":imagebuilder:") && strings.Contains(version, "x")
}

// isOffer is whether an id is an image of Azure's marketplace, publisher:offer:sku:version.
//
// https://learn.microsoft.com/azure/virtual-machines/linux/cli-ps-findimage#terminology
func isOffer(written string) bool {
	parts := strings.Split(written, ":")
	for _, part := range parts {
		if part == "" {
			return false
		}
	}
	return len(parts) == 4 && parts[0] != "urn" && parts[0] != "arn" && !strings.ContainsAny(written, "/ \t\r\n")
}

// parseAzure reads the id of a resource of Azure's, or of an image of a shared or community gallery.
// Azure compares them without regard to case.
func parseAzure(written string) (reference, bool) {
	key := strings.TrimSuffix(strings.ToLower(written), "/")
	for _, start := range []string{"/subscriptions/", "/communitygalleries/", "/sharedgalleries/"} {
		if strings.HasPrefix(key, start) {
			return reference{cloud: azure, key: key, floating: isNewestOfAzure(key)}, true
		}
	}
	return reference{}, false
}

// isNewestOfAzure is whether an id is a gallery image without a version or with the version latest,
// or an image of the marketplace.
//
// https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries
// https://learn.microsoft.com/rest/api/compute/virtual-machine-images/get
func isNewestOfAzure(key string) bool {
	parts := strings.Split(key, "/")
	last := len(parts) - 1
	ofGallery := last >= 3 && parts[last-1] == "images" && strings.HasSuffix(parts[last-3], "galleries")
	return ofGallery || strings.HasSuffix(key, "/versions/latest") || strings.Contains(key, "/artifacttypes/vmimage/")
}

// isAMI is whether an id is an AMI's: 8 or 17 hexadecimal digits behind ami-.
//
// https://docs.aws.amazon.com/snowball/latest/api-reference/API_Ec2AmiResource.html
func isAMI(written string) bool {
	digits, ok := strings.CutPrefix(written, "ami-")
	return ok && (len(digits) == 8 || len(digits) == 17) && isAll(digits, isHex)
}

func isAll(text string, is func(byte) bool) bool {
	for i := range len(text) {
		if !is(text[i]) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isHex(b byte) bool   { return isDigit(b) || b >= 'a' && b <= 'f' }
func isWord(b byte) bool  { return isDigit(b) || isLower(b) || b >= 'A' && b <= 'Z' || b == '_' }

// lower is a letter of ASCII in lower case, and any other byte as it is.
func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func isGoogleNameByte(b byte) bool { return isDigit(b) || isLower(b) || b == '-' }
func isDomainByte(b byte) bool     { return isGoogleNameByte(b) || b == '.' }
