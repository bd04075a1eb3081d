// Package imageids finds the machine images that a change names, tells them apart, and replaces them.
//
// # Where they are found
//
// [Find] looks into four sources, in this order, and notes every place that names an image:
//
//   - a list of ids, which [ParseList] reads;
//   - plans, as terraform show -json writes them: attributes that hold an image by a table of
//     attributes, and besides the ids in every other string, descriptions and policies left out;
//   - states, as terraform show -json writes them: the same;
//   - text files: ids by the forms that the clouds publish, with their lines.
//
// Plans, states and files are read in the workspace only, whatever its links say, in UTF-8 or
// UTF-16, and within bounds of size, memory and time. Plans and states are read piece by piece, so
// that a large one takes little memory, and one made to take much is refused.
//
// # What an id means
//
// An image has one id however it is written. A Google image is the same as projects/P/global/images/N,
// as selfLink and as P/N; Azure's ids do not depend on case. [Image] has the id as it was first
// written, [Same] compares two, [Image.Queries] are the searches that find it in the registry, and
// [Query.Accepts] tells the image itself from others that a search brings.
//
// A reference that stands for whatever is newest is floating: an image family, a parameter of
// Systems Manager, a gallery image without a version, an offer of the marketplace. It is found like
// the others, and never looked up.
//
// # How one is replaced
//
// [Fix] puts the id of a newer image into the place of an older one, in the form in which that was
// written, see [Replacement]. It writes text files alone, and each of them whole or not at all.
package imageids
