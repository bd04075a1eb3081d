package fakehcp

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// defaultTime is the time of what the file gives none for.
const defaultTime = Time("2026-01-02T03:04:05.678Z")

// fill sets what the file leaves unset. Ids are made from the path of what they
// name, so that a file has the same ones every time.
func (r *Registry) fill() {
	for _, org := range r.Organizations {
		for p := range org.Projects {
			org.Projects[p].fill()
		}
	}
}

func (p *Project) fill() {
	setDefault(&p.State, "ACTIVE")
	buckets := p.Generate.buckets()
	maps.Copy(buckets, p.Buckets)
	p.Buckets = buckets
	for name, bucket := range p.Buckets {
		bucket.fill(p.ID + "/" + name)
	}
}

func (b *Bucket) fill(path string) {
	setDefault(&b.ID, ulid(path))
	if b.Channels == nil {
		b.Channels = map[string]*Channel{}
	}
	for fingerprint, iteration := range b.Iterations {
		iteration.fill(path + "/" + fingerprint)
	}
	if b.Channels["latest"] == nil {
		b.Channels["latest"] = &Channel{Iteration: b.newest(), Managed: true, Restricted: true}
	}
	for name, channel := range b.Channels {
		channel.fill(path + "#" + name)
	}
}

func (ch *Channel) fill(path string) {
	setDefault(&ch.ID, ulid(path))
	latest := defaultTime
	for i := range ch.History {
		setDefault(&ch.History[i].AssignedAt, defaultTime)
		setDefault(&ch.History[i].AuthorID, channelAuthor)
		latest = ch.History[0].AssignedAt
	}
	ch.record(latest, channelAuthor)
}

// newest is the fingerprint of the iteration with the highest number, of those
// that are active and not to be revoked.
func (b *Bucket) newest() string {
	newest, number := "", 0
	for _, fingerprint := range sortedNames(b.Iterations) {
		i := b.Iterations[fingerprint]
		if _, scheduled := i.RevokeAt.parse(); i.Status == "ACTIVE" && !scheduled && i.number() > number {
			newest, number = fingerprint, i.number()
		}
	}
	return newest
}

func (i *Iteration) fill(path string) {
	setDefault(&i.ID, ulid(path))
	setDefault(&i.Name, "v1")
	setDefault(&i.Status, "ACTIVE")
	setDefault(&i.CreatedAt, defaultTime)
	setDefault(&i.UpdatedAt, defaultTime)
	i.Builds = append(i.Builds, i.Generate.builds()...)
	for n := range i.Builds {
		i.Builds[n].fill(fmt.Sprintf("%s/%d", path, n))
	}
}

func (b *Build) fill(path string) {
	setDefault(&b.ID, ulid(path))
	setDefault(&b.PackerRunUUID, uuid(path))
	setDefault(&b.Status, "DONE")
	setDefault(&b.CreatedAt, defaultTime)
	setDefault(&b.UpdatedAt, defaultTime)
	for n := range b.Images {
		image := &b.Images[n]
		setDefault(&image.ID, ulid(fmt.Sprintf("%s/%d", path, n)))
		setDefault(&image.CreatedAt, defaultTime)
	}
}

// buckets are the buckets that g asks for.
func (g GenerateBuckets) buckets() map[string]*Bucket {
	buckets := map[string]*Bucket{}
	for b := range g.Buckets {
		name := fmt.Sprintf("generated-%04d", b+1)
		bucket := &Bucket{Iterations: map[string]*Iteration{}, Channels: map[string]*Channel{}}
		for c := range g.Channels {
			fingerprint := fmt.Sprintf("%s-v%d", name, c+1)
			bucket.Channels[fmt.Sprintf("channel-%d", c+1)] = &Channel{Iteration: fingerprint}
			bucket.Iterations[fingerprint] = &Iteration{
				Name:   fmt.Sprintf("v%d", c+1),
				Builds: []Build{{CloudProvider: "aws", ComponentType: "amazon-ebs.generated", Images: Generate{Images: 1}.images(fingerprint)}},
			}
		}
		buckets[name] = bucket
	}
	return buckets
}

// builds are the builds that g asks for.
func (g Generate) builds() []Build {
	builds := make([]Build, g.Builds)
	for b := range builds {
		name := fmt.Sprintf("amazon-ebs.generated-%03d", b+1)
		builds[b] = Build{
			CloudProvider: "aws",
			ComponentType: name,
			Labels:        map[string]string{"generated": fmt.Sprint(b + 1)},
			Images:        g.images(name),
		}
	}
	return builds
}

func (g Generate) images(build string) []Image {
	images := make([]Image, g.Images)
	for i := range images {
		region := fmt.Sprintf("region-%d", i+1)
		hash := sha256.Sum256([]byte(build + region))
		images[i] = Image{ImageID: g.ImageID, Region: region}
		setDefault(&images[i].ImageID, fmt.Sprintf("ami-0%x", hash[:8]))
	}
	return images
}

func setDefault[T ~string](value *T, otherwise T) {
	if *value == "" {
		*value = otherwise
	}
}

// ulid returns a ULID (26 characters of Crockford's base 32, of which the first
// is at most 7) that is always the same for the same seed.
func ulid(seed string) string {
	const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	hash := sha256.Sum256([]byte(seed))
	id := []byte("01K")
	for _, octet := range hash[:23] {
		id = append(id, crockford[octet%32])
	}
	return string(id)
}

// uuid returns a version 4 UUID that is always the same for the same seed.
func uuid(seed string) string {
	hash := sha256.Sum256([]byte(seed))
	hash[6], hash[8] = hash[6]&0x0f|0x40, hash[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", hash[:4], hash[4:6], hash[6:8], hash[8:10], hash[10:16])
}

// clone is a copy of r that can be changed without r: its lists and maps, down
// to the builds of an iteration. What a build or a history holds is shared.
func (r *Registry) clone() *Registry {
	c := &Registry{slices.Clone(r.Organizations), slices.Clone(r.Principals), slices.Clone(r.Providers)}
	for o := range c.Organizations {
		org := &c.Organizations[o]
		org.Projects = slices.Clone(org.Projects)
		for p := range org.Projects {
			org.Projects[p].Buckets = cloneEach(org.Projects[p].Buckets)
			for _, bucket := range org.Projects[p].Buckets {
				bucket.Channels, bucket.Iterations = cloneEach(bucket.Channels), cloneEach(bucket.Iterations)
				for _, i := range bucket.Iterations {
					i.Builds, i.Parents = slices.Clone(i.Builds), slices.Clone(i.Parents)
				}
			}
		}
	}
	return c
}

func cloneEach[V any](things map[string]*V) map[string]*V {
	c := make(map[string]*V, len(things))
	for name, thing := range things {
		copied := *thing
		c[name] = &copied
	}
	return c
}
