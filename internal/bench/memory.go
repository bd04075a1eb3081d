package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// weigh waits for a command, and notes the most memory that it and its descendants had together: the
// processes that live at the same time, each with its own peak by then.
//
// The kernel's own account (wait4, GNU time) is of no use here. It knows the largest of the processes
// and not their sum, which leaves out all of Terraform's provider, and it begins a process's peak
// with that of the process that forked it: this one, which is larger than the action.
func weigh(cmd *exec.Cmd, took map[string]float64) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(500 * time.Microsecond):
			took[peakMemory] = max(took[peakMemory], treeMemory(fmt.Sprint(cmd.Process.Pid), ""))
		}
	}
}

// treeMemory adds up the peaks of a process and its descendants, in bytes. A process that still runs
// its parent's program has just been forked and shares its parent's memory, which counts once.
func treeMemory(pid, parentProgram string) float64 {
	sum := 0.0
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
func ownPeak(pid string) (kib float64) {
	text, _ := os.ReadFile(filepath.Join("/proc", pid, "status"))
	_, high, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscanf(high, "%f kB", &kib)
	return kib * 1024
}
