package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// look is how often memory is looked at.
const look = 500 * time.Microsecond

// weigh returns the most memory that the command and its descendants had together: the processes that
// live at the same time, each with its own peak by then.
//
// The kernel's own account (wait4, GNU time) is of no use here. It knows the largest of the processes
// and not their sum, which leaves out all of Terraform's provider, and it begins a process's peak
// with that of the process that forked it: this one, which is larger than the action.
func weigh(cmd *exec.Cmd) (*float64, error) {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak := 0.0
	for tick := time.NewTicker(look); ; <-tick.C {
		select {
		case err := <-ended:
			tick.Stop()
			return &peak, err
		default:
			peak = max(peak, treeMemory(cmd.Process.Pid))
		}
	}
}

// treeMemory adds up the peaks of a process and its descendants, in bytes. A process that still runs
// its parent's program has just been forked and shares its parent's memory, which counts once.
func treeMemory(root int) float64 {
	sum := 0.0
	programs := map[int]string{}
	for _, pid := range processesFrom(root) {
		parent := parentOf(pid)
		if _, ours := programs[parent]; pid != root && !ours {
			continue
		}
		programs[pid], _ = os.Readlink(proc(pid, "exe"))
		if pid == root || programs[pid] != programs[parent] {
			sum += ownPeak(pid)
		}
	}
	return sum
}

// processesFrom lists processes upwards from one, so that parents come before their children.
func processesFrom(root int) []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // in the order of their numbers, as the kernel lists them
	var list []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid >= root {
			list = append(list, pid)
		}
	}
	return list
}

// parentOf reads the second field behind the program's name, which is in parentheses. A process that
// has ended has none.
func parentOf(pid int) (parent int) {
	text, _ := os.ReadFile(proc(pid, "stat"))
	behind := string(text[strings.LastIndex(string(text), ")")+1:])
	_, _ = fmt.Sscanf(behind, " %s %d", new(string), &parent)
	return parent
}

// ownPeak is the most memory that a process itself has had in RAM, in bytes.
func ownPeak(pid int) (kib float64) {
	text, _ := os.ReadFile(proc(pid, "status"))
	_, high, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscanf(high, "%f kB", &kib)
	return kib * 1024
}

func proc(pid int, file string) string { return filepath.Join("/proc", strconv.Itoa(pid), file) }
