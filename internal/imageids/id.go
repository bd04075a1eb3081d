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

	// Of Google's alone: prefix is what the written id has before the name or, where it has one, the project;
	// project is empty where it is not written.
	prefix, project, name string
}

// parse reads an id in any of its forms. What has none of them is an id all the same.
func parse(written string) reference {
	if len(written) == len(ami.FindString(written)) && written != "" {
		return reference{cloud: amazon, key: written}
	}
	if r, ok := parseAzure(written); ok {
		return r
	}
	if r, ok := parseGoogle(written); ok {
		return r
	}
	return reference{key: written, floating: isParameter(written) || isBuilderImage(written) || isNewestOffer(written)}
}

// Key is the same for all ids of an image, however they are written or wrapped, and for no other image's.
func Key(value string) string {
	if ids := within(value); len(ids) == 1 {
		value = ids[0]
	}
	return parse(trimValue(value)).key
}

// Same is whether two ids mean the same image, each in any form.
func Same(a, b string) bool { return Key(a) == Key(b) }

// isParameter is whether an id is one that Systems Manager holds in a parameter, as launch templates,
// CloudFormation's dynamic references and Image Builder's recipes name it.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
// https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html
func isParameter(written string) bool {
	return strings.HasPrefix(strings.TrimPrefix(written, "{{"), "resolve:ssm:") || strings.HasPrefix(written, "ssm:") ||
		strings.HasPrefix(written, "AWS::SSM::Parameter::Value")
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

func isNewestOffer(written string) bool {
	return isOffer(written) && strings.HasSuffix(strings.ToLower(written), ":latest")
}
