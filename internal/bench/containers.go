package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// containers measures the whole step, as a runner starts it, and the floor: the same container with a
// program in it that does nothing. The rest is the action's.
func (b *bench) containers(ctx context.Context) ([]row, error) {
	if out, err := exec.CommandContext(ctx, "docker", "version").CombinedOutput(); err != nil {
		logf("no rows for containers: docker version: %v\n%s", err, out)
		return nil, nil
	}
	logf("building the images")
	step, err := stepImage(ctx)
	if err != nil {
		return nil, err
	}
	floor, err := b.floorImage(ctx)
	if err != nil {
		return nil, err
	}
	size, err := pulled(ctx, step)
	if err != nil {
		return nil, err
	}
	logf("%d rounds of each container", b.rounds)
	list := []contender{
		b.container("the action's whole step, in its container", step),
		b.container("`docker run` of an empty image", floor),
	}
	taken, err := b.turns(ctx, list, wait)
	if err != nil {
		return nil, err
	}
	// What docker run does is done by its daemon, whose CPU time is not known here.
	whole := samples{wall: taken[0][wall], requests: taken[0][requests], download: {size}}
	empty := samples{wall: taken[1][wall]}
	return []row{whole.row(list[0].name), empty.row(list[1].name), above(whole, empty).row("what the action adds to that")}, nil
}

// above is how much longer the one takes than the other, compared within each round: what slows the
// machine down for a while slows both.
func above(whole, floor samples) samples {
	var more samples
	for round, took := range whole[wall] {
		more[wall] = append(more[wall], took-floor[wall][round])
	}
	return more
}

// stepImage builds the Dockerfile, on the tests' stand-in for its base where no registry is reached.
func stepImage(ctx context.Context) (string, error) {
	if _, err := output(exec.CommandContext(ctx, "internal/e2e/standin/golang.sh")); err != nil {
		return "", err
	}
	return output(exec.CommandContext(ctx, "docker", "build", "-q", "-t", "hcp-packer-iteration:bench", "."))
}

// floorImage holds one static program, which prints what the job finds and ends.
func (b *bench) floorImage(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp(b.dir, "floor")
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"go.mod":     "module floor\n",
		"main.go":    fmt.Sprintf("package main\n\nfunc main() { println(%q) }\n", measuredImage),
		"Dockerfile": "FROM scratch\nCOPY floor /\nENTRYPOINT [\"/floor\"]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", "floor", ".")
	build.Dir, build.Env = dir, append(build.Environ(), "CGO_ENABLED=0")
	if _, err := output(build); err != nil {
		return "", err
	}
	return output(exec.CommandContext(ctx, "docker", "build", "-q", "-t", "hcp-packer-iteration:floor", dir)) //nolint:gosec // a path of our own
}

// container runs an image with a runner's network, mounts and variables.
func (b *bench) container(name, image string) contender {
	return contender{name: name, command: func(ctx context.Context, j job, dir string) (*exec.Cmd, error) {
		host := &exec.Cmd{}
		if err := b.prepare(host, dir, inputs(j)); err != nil {
			return nil, err
		}
		const files = "/github/file_commands"
		args := []string{"run", "--rm", "--network", "host", "--workdir", "/github/workspace", "-v", dir + ":" + files}
		for _, folder := range []string{"workspace", "home", "workflow", "runner_temp"} {
			if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
				return nil, err
			}
			args = append(args, "-v", filepath.Join(dir, folder)+":/github/"+folder)
		}
		for _, assignment := range host.Env {
			args = append(args, "--env", strings.ReplaceAll(assignment, dir, files))
		}
		return exec.CommandContext(ctx, "docker", append(args, image)...), nil //nolint:gosec // arguments of our own
	}}
}

// pulled is how many bytes a pull of the image takes.
func pulled(ctx context.Context, image string) (float64, error) {
	cmd := exec.CommandContext(ctx, "docker", "save", image) //nolint:gosec // an image of our own
	layers, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	size := &counter{}
	if err := size.gzip(layers); err != nil {
		return 0, err
	}
	return size.bytes, cmd.Wait()
}

// output is what a command prints. What it prints besides is in the error.
func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}
