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
