// Package conformance runs the real Terraform with its real hcp provider and the action side by side,
// on one fake HCP, and compares what they say. Where the two agree, the fake is what a real client
// takes for HCP, and the action reads it as that client does. It holds tests only.
package conformance
