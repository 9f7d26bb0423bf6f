// Package repair makes true of a data folder what the engine takes for granted
// when it reads it. The engine (kfake) reads what is whole and skips what is torn;
// it forgets which records it has already taken from an idempotent producer, takes
// an open transaction for one that has ended, and appends behind what it could not
// read. So after the end of a process that was not in order, and whenever a file is
// missing or damaged, Run goes over the files first:
//
//   - state files that are gone or damaged come back from their checked copies;
//   - every record batch is read: checksum, order of offsets, leader epochs. What
//     cannot be read is taken out, its offsets are kept by an empty batch, and the
//     event says file, offset and how many records were lost;
//   - indexes are made anew from the batches;
//   - the windows by which an idempotent producer's retries are recognised are made
//     anew from its batches;
//   - a transaction that was decided gets the markers that it lacks, and the offsets
//     that it commits; any other open one is aborted, and its producer fenced;
//   - folders that belong to no topic are put aside.
//
// What decides is a function of bytes and values; the files are touched in few
// places. Everything may be cut short at any point and done again.
package repair
