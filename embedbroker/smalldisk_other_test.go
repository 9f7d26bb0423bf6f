//go:build !linux

package embedbroker_test

const smallDiskEnv = "KDECK_TEST_DISK"

func holdSmallDisk(string) error { return nil }
