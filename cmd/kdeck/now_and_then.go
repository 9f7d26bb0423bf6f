package main

import "time"

// nowAndThen does something at intervals, on another goroutine, until the function
// that it returns is called; that waits for what is being done.
func nowAndThen(every time.Duration, do func()) (stop func()) {
	end, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				do()
			}
		}
	}()
	return func() {
		close(end)
		<-over
	}
}
