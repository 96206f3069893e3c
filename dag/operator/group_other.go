//go:build !unix

package operator

import "os/exec"

// ownGroup does nothing: there are no process groups, and the context kills the program alone.
func ownGroup(*exec.Cmd) {}

func killGroup(*exec.Cmd) {}
