package disk

// syncDir does nothing: Windows makes a folder's entries durable with the file
// and cannot sync a folder.
func syncDir(string) error { return nil }
