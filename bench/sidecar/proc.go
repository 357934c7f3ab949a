package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux counts a process's time, whatever the kernel's own.
const tick = time.Second / 100

// memory is what is resident of a process, in MiB.
type memory struct{ total, anonymous float64 }

// readMemory reads /proc/PID/status.
func readMemory(pid int) (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, fmt.Errorf("read a process's memory: %w", err)
	}
	var m memory
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		kilobytes, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return memory{}, fmt.Errorf("read a process's memory: %w", err)
		}
		switch fields[0] {
		case "VmRSS:":
			m.total = kilobytes / 1024
		case "RssAnon:":
			m.anonymous = kilobytes / 1024
		}
	}
	if m.total == 0 {
		return memory{}, errors.New("read a process's memory: it has none")
	}
	return m, nil
}

// readCPU reads the time that a process has had of a core, by itself and in the
// kernel.
func readCPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read a process's time: %w", err)
	}
	// The program's name, in parentheses, may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("read a process's time: it is not told")
	}
	var ticks time.Duration
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read a process's time: %w", err)
		}
		ticks += time.Duration(n)
	}
	return ticks * tick, nil
}
