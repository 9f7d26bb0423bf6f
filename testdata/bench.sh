#!/bin/sh
# Runs the benchmarks that have a floor or a budget and prints one table. A floor
# is a bare client, or the bare engine, that does the same in turn with kdeck in
# the same run: compare ratios, since times depend on the machine and on what else
# it does. Needs Go and takes about five minutes.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT

run() { # PACKAGE BENCHMARKS [TIME]
	echo "running $1 $2" >&2
	go test "$1" -run '^$' -bench "$2" -benchtime "${3:-1x}" >>"$out" || { cat "$out" >&2; exit 1; }
}
run ./cmd/kdeck/e2e '^BenchmarkStart$'
run ./kafka/topics '^BenchmarkTopics$'
run ./kafka/groups '^Benchmark(Groups|ResetPlan)$'
run ./kafka/raw '^BenchmarkRaw$'
run ./kafka/overview '^BenchmarkOverview$/topics=10000'
run ./tui '^BenchmarkKeyToScreen$' 400x
run ./kafka/records '^Benchmark(Feed|Scan|Search)$' 3x
run ./kafka/redrive '^BenchmarkRedrive$' 3x
run ./cmd/kdeck/e2e '^BenchmarkProduce$' 3x
run ./embedbroker '^Benchmark(Gate|Resident|Restart)$'
run ./cmd/kdeck/e2e '^BenchmarkIdle$'

# One line for each row: benchmark | what | measured | floor | ratio | budget.
# The three in the middle are names of metrics. A budget of "ratio" or "value"
# is held against the ratio or against what was measured; "!" marks a miss.
awk -F '|' '
function trim(s) { gsub(/^ +| +$/, "", s); return s }
function number(v, unit) {
	if (v == "") return "-"
	sub(/^.*-/, "", unit)
	if (unit ~ /\/s$/) return sprintf("%.0f k/s", v / 1000)
	return sprintf(v < 10 ? "%.2f %s" : "%.0f %s", v, unit)
}
FNR == NR { # the output of go test: a name, a count, and pairs of value and unit
	n = split($0, f, /[ \t]+/)
	if (f[1] !~ /^Benchmark/ || n < 4) next
	sub(/-[0-9]+$/, "", f[1])
	sub(/^Benchmark/, "", f[1])
	for (i = 3; i < n; i += 2) value[f[1], f[i+1]] = f[i]
	next
}
FNR == 1 { printf "%-52s %12s %12s %7s %-18s %s\n", "what", "measured", "floor", "ratio", "budget", "requests" }
NF >= 6 {
	name = trim($1); measured = trim($3); floor = trim($4); ratio = trim($5); split(trim($6), budget, " ")
	v = value[name, measured]; r = value[name, ratio]
	held = budget[1] == "ratio" ? r : v
	miss = held != "" && (budget[2] == "<=" ? held + 0 > budget[3] + 0 : budget[2] == ">=" && held + 0 < budget[3] + 0)
	printf "%-52s %12s %12s %7s %-18s %s\n", trim($2), number(v, measured), number(value[name, floor], floor), \
		r == "" ? "-" : sprintf("%.2f", r), trim($6) (miss ? " !" : ""), value[name, "requests"] == "" ? "-" : sprintf("%.0f", value[name, "requests"])
}
' "$out" - <<'ROWS'
Start                  | kdeck local to the first overview, p50              | ms         | floor-ms         | ×floor            | value <= 150 ms
Topics/topics=50       | topics, 50 x 10 partitions                          | ms         | floor-ms         | ×floor            | ratio <= 1.25
Topics/topics=1000     | topics, 1,000 x 10 partitions                       | ms         | floor-ms         | ×floor            | ratio <= 1.25
Topics/topics=10000    | topics, 10,000 x 10 partitions                      | ms         | floor-ms         | ×floor            | ratio <= 1.25
Groups/groups=10       | groups with lag, 10                                 | ms         | floor-ms         | ×floor            | ratio <= 1.25
Groups/groups=200      | groups with lag, 200                                | ms         | floor-ms         | ×floor            | ratio <= 1.25
Groups/groups=1000     | groups with lag, 1,000                              | ms         | floor-ms         | ×floor            | ratio <= 1.25
Groups/delay           | groups with lag, 1,000, 10 ms more a response       | ms         | floor-ms         | ×floor            | ratio <= 1.25
Groups/first           | first screen of lag, 1,000 groups                   | ms         |                  |                   | value <= 150 ms
Groups/first-delay     | first screen of lag, 10 ms more a response          | ms         |                  |                   | -
Overview/topics=10000  | overview, one refresh, 10,000 x 10 partitions       | ms         | floor-ms         | ×floor            | ratio <= 1.25
Raw/Metadata           | metadata of all topics by hand, floor: kadm         | ms         | floor-ms         | ×floor            | ratio <= 0.8
Raw/ListOffsets        | log ends of all topics by hand (memory)             | MB         | kadm-MB          |                   | -
Raw/OffsetFetch        | commits of 1,000 groups by hand, floor: kadm        | ms         | floor-ms         | ×floor            | ratio <= 0.8
ResetPlan/to-earliest  | plan of a reset to earliest, 10,000 partitions      | ms         | floor-ms         | ×floor            | ratio <= 1.25
ResetPlan/to-latest    | plan of a reset to latest, 10,000 partitions        | ms         | floor-ms         | ×floor            | ratio <= 1.25
KeyToScreen/move       | key to redraw, 10,000 rows, p50                     | p50-ms     | floor-p50-ms     |                   | -
KeyToScreen/move       | key to redraw, 10,000 rows, p99                     | p99-ms     | floor-p99-ms     | ×floor            | value <= 16 ms
KeyToScreen/filter     | first letter of a filter, 10,000 rows, p50          | p50-ms     | floor-p50-ms     |                   | -
KeyToScreen/filter     | first letter of a filter, 10,000 rows, p99          | p99-ms     | floor-p99-ms     | ×floor            | value <= 16 ms
Feed                   | tail into a screen, 100 bytes a record (time)       | records/s  | floor-records/s  | ×floor            | -
Scan                   | reading a topic from start to end (time)            | records/s  | floor-records/s  | ×floor            | ratio <= 1
Search/text            | search of 2 M JSON records for a text (time)        | records/s  | floor-records/s  | ×floor            | ratio <= 1
Search/anycase         | search for a text in any case (time)                | records/s  | floor-records/s  | ×floor            | ratio <= 1
Search/regexp          | search by a regular expression (time)               | records/s  | floor-records/s  | ×floor            | ratio <= 1
Search/field           | search by a JSON field, text (time)                 | records/s  | floor-records/s  | ×floor            | ratio <= 2
Search/number          | search by a JSON field, number (time)               | records/s  | floor-records/s  | ×floor            | ratio <= 2
Search/kcat            | search for a text, against kcat and grep (time)     | records/s  | floor-records/s  | ×floor            | ratio <= 1
Produce                | kdeck produce from a pipe, 100 bytes a line (time)  | records/s  | floor-records/s  | ×floor            | ratio <= 2.5
Redrive                | redrive of 1 M records, floor: scan, producer (time) | records/s | floor-records/s  | ×floor            | ratio <= 1.5
Redrive                | counting 1 M matches, in ratio to a scan (time)     | counted/s  | scanned/s        | count×scan        | -
Gate                   | embedded cluster, produce (throughput)              | produced/s | floor-produced/s | produce-ratio     | ratio >= 0.95
Gate                   | embedded cluster, produce (processor)               |            |                  | produce-cpu-ratio | ratio >= 0.95
Gate                   | embedded cluster, fetch (throughput)                | fetched/s  | floor-fetched/s  | fetch-ratio       | ratio >= 0.95
Gate                   | embedded cluster, fetch (processor)                 |            |                  | fetch-cpu-ratio   | ratio >= 0.95
Resident               | embedded cluster after 1 M records in and out       | resident-MiB |                |                   | value <= 64 MiB
Restart                | resident 1 s after a start, 1.9 GiB of records      | stop-resident-MiB |              |                   | value <= 100 MiB
Restart                | the same after kill -9                              | kill-resident-MiB |              |                   | value <= 100 MiB
Idle                   | idle overview, 10,000 topics, 1,000 groups          | overview-%cpu |               |                   | value <= 1 %
Idle                   | idle topics, 10,000 topics, 1,000 groups            | topics-%cpu |                 |                   | value <= 1 %
Idle                   | resident, overview of that cluster                  | overview-MiB |                |                   | value <= 150 MiB
Idle                   | resident, topics of that cluster                    | topics-MiB |                  |                   | value <= 150 MiB
ROWS
