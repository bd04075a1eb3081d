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

// weigh runs a command, and returns the most memory in bytes that it and its descendants had together: the
// processes that live at the same time, each with its own peak by then.
//
// The kernel's own account (wait4, GNU time) is of no use here. It knows the largest of the processes
// and not their sum, which leaves out all of Terraform's provider, and it begins a process's peak
// with that of the process that forked it: this one, which is larger than the action.
func weigh(cmd *exec.Cmd) (peak int, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(500 * time.Microsecond):
			peak = max(peak, treeMemory(strconv.Itoa(cmd.Process.Pid), ""))
		}
	}
}

// treeMemory adds up the peaks of a process and its descendants, in bytes. A process that still runs
// its parent's program has just been forked and shares its parent's memory, which counts once.
func treeMemory(pid, parentProgram string) int {
	sum := 0
	program, _ := os.Readlink(filepath.Join("/proc", pid, "exe"))
	if program != parentProgram {
		sum = ownPeak(pid)
	}
	threads, _ := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "children"))
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for _, child := range strings.Fields(string(children)) {
			sum += treeMemory(child, program)
		}
	}
	return sum
}

// ownPeak is the most memory that a process itself has had in RAM, in bytes.
func ownPeak(pid string) (kib int) {
	text, _ := os.ReadFile(filepath.Join("/proc", pid, "status"))
	_, high, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscanf(high, "%d kB", &kib)
	return kib * 1024
}
