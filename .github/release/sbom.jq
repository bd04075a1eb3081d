# sbom.jq makes an SPDX document of what "go version -m -json" says of the programs that are in the
# image or made a file of it: their modules, each once, and Go's standard library.

def golang($name; $version): {
  SPDXID: ("SPDXRef-\($name)-\($version)" | gsub("[^A-Za-z0-9.-]"; "-")),
  name: $name,
  versionInfo: $version,
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  externalRefs: [{
    referenceCategory: "PACKAGE-MANAGER",
    referenceType: "purl",
    referenceLocator: "pkg:golang/\($name)@\($version | gsub("\\+"; "%2B"))"
  }]
};

($image | capture("^(?<repository>.*/(?<name>[^/]*))@(?<digest>.*)$")) as $i
| ([.[] | golang("stdlib"; .GoVersion | ltrimstr("go")), (.Deps[] | golang(.Path; .Version))] | unique_by(.SPDXID)) as $modules
| {
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: $image,
  documentNamespace: "https://\($image)",
  creationInfo: {created: $created, creators: ["Tool: hcp-packer-iteration-sbom.jq"]},
  packages: [
    {
      SPDXID: "SPDXRef-image",
      name: $i.name,
      versionInfo: $i.digest,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      primaryPackagePurpose: "CONTAINER",
      externalRefs: [{
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: "pkg:oci/\($i.name)@\($i.digest | @uri)?repository_url=\($i.repository | @uri)"
      }]
    },
    $modules[]
  ],
  relationships: [
    {spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image"},
    ($modules[] | {spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: .SPDXID})
  ]
}
