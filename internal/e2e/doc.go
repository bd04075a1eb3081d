// Package e2e runs the built container as a runner runs it: alone, with what GitHub's runner gives
// to a step, and in whole workflows, with act in the runner's place. It holds tests only.
package e2e
