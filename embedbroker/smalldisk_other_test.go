//go:build !linux

package embedbroker_test

import "testing"

const smallDiskEnv = "KDECK_TEST_DISK"

func holdSmallDisk(string) error { return nil }

func smallDisk(*testing.T, string) string { return "" }

func fillDisk(*testing.T, string) {}

func emptyDisk(*testing.T, string) {}
