// Package fakehcp is an HCP to run against: a TLS server on 127.0.0.1 with what
// the action needs of HCP (token endpoint, workload identity exchange, IAM,
// resource manager, both generations of the Packer API) and GitHub's OIDC
// endpoint, that serves one readable [Registry] file, lets its channels be moved
// by those who may and by [Server.Change], counts what it is asked, and answers
// with a [Fault] when told to.
//
// What it does not know, it refuses as HCP does; it never makes content up.
package fakehcp
