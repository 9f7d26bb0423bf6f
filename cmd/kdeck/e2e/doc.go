// Package e2e tests the whole program: journeys through the console on a
// pseudo-terminal, scripts, secured and old clusters, failures, the agreement of
// kdeck with the tools of Apache Kafka, and what is measured from the start of the
// process. Tests of one command are beside the command.
package e2e
