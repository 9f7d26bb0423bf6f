// Package embedbroker runs a Kafka-protocol cluster of several brokers inside
// this process, for development and for learning.
//
// It is a lab. Every broker has its own port, and clients see leaders,
// replicas, in-sync replicas, coordinators and a controller as on a real
// cluster, but there is one copy of the data, in one process, on one disk: the
// replicas are a model (package replication) that decides what clients are told,
// not copies that are kept. Brokers can be stopped, slowed down and cut off, and
// faults injected by rule (package faults), also from other processes of the same
// user (package lab). What was acknowledged survives the end of the process, also by
// kill -9 and on a full disk: records of idempotent producers once and in order,
// transactions as a whole (package repair). It does not survive the loss of the disk,
// and it may not survive a crash of the machine. Production work belongs on a real
// Kafka cluster.
//
// As by default in Apache Kafka, a topic is created when a client that allows it
// asks for its metadata, with one partition; it has three replicas, or as many
// as there are brokers if they are fewer. Retention and compaction run every
// few minutes.
//
// The engine is kfake. In front of every broker stands a gate (package gate)
// that no malformed request passes, that measures, and that can delay, stall
// or cut the traffic of one broker.
package embedbroker
