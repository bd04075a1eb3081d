// Package imageids knows the forms in which the ids of machine images are written: it finds them in texts, tells
// them apart, says what to search the registry for, and what replaces them.
//
// An image has one id however it is written. A Google image is the same as projects/P/global/images/N,
// as selfLink and as P/N; Azure's ids do not depend on case. [Image] has the id as it was first
// written, [Same] compares two, [Image.Queries] are the searches that find it in the registry, and
// [Query.Accepts] tells the image itself from others that a search returns.
//
// A reference that stands for whatever is newest is floating: an image family, a parameter of
// Systems Manager, a gallery image without a version, an offer of the marketplace. It is found like
// the others, and never looked up.
package imageids

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

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
	isNewestOffer := isOffer(written) && strings.HasSuffix(strings.ToLower(written), ":latest")
	return reference{key: written, floating: newest.MatchString(written) || isNewestOffer}
}

// newest are the forms in which AWS takes whatever is newest: a parameter of Systems Manager, as launch templates,
// CloudFormation's dynamic references and Image Builder's recipes name it, and an image of Image Builder's with
// wildcards for its version, as in …:image/amazon-linux-2023/x.x.x.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
// https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
var newest = regexp.MustCompile(`^(?:(?:{{)?resolve:ssm:|ssm:|AWS::SSM::Parameter::Value|arn:.*:imagebuilder:.*/[^/]*x[^/]*$)`)

// isOffer is whether an id is an image of Azure's marketplace, publisher:offer:sku:version.
//
// https://learn.microsoft.com/azure/virtual-machines/linux/cli-ps-findimage#terminology
func isOffer(written string) bool {
	return offer.MatchString(written) && !strings.HasPrefix(written, "urn:") && !strings.HasPrefix(written, "arn:")
}

var offer = regexp.MustCompile(`^[^:/\s]+(?::[^:/\s]+){3}$`)

// Key is the same for all ids of an image, however they are written or wrapped, and for no other image's.
func Key(value string) string {
	if ids := within(value); len(ids) == 1 {
		value = ids[0]
	}
	return parse(trimValue(value)).key
}

// Same is whether two ids mean the same image, each in any form.
func Same(a, b string) bool { return Key(a) == Key(b) }

// within are the distinct ids that a value holds, in the forms in which they are found in texts.
func within(value string) []string {
	var ids []string
	for start, end := range All([]byte(value)) {
		if id := Unescape(value[start:end]); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// trimValue takes off what surrounds an id by mistake: blanks and line ends, characters that nobody sees, quotes,
// and what separates the values of lists.
func trimValue(value string) string {
	return strings.TrimFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`;,"'`, r)
	})
}
