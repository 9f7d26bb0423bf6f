package profile

import (
	"maps"
	"slices"
	"strings"
)

// clientSettings are the settings of Apache Kafka's consumers, producers and admin
// clients that change nothing here: kdeck reads and writes as the screen or command
// says, never joins a group for reading, and has timeouts and buffers of its own. A
// space separates them.
const clientSettings = `
acks allow.auto.create.topics auto.commit.interval.ms auto.offset.reset batch.size bootstrap.controllers
buffer.memory check.crcs client.dns.lookup client.rack compression.gzip.level compression.lz4.level
compression.type compression.zstd.level config.providers connections.max.idle.ms default.api.timeout.ms
delivery.timeout.ms enable.auto.commit enable.idempotence enable.metrics.push exclude.internal.topics
fetch.max.bytes fetch.max.wait.ms fetch.min.bytes group.id group.instance.id group.protocol
group.remote.assignor heartbeat.interval.ms interceptor.classes internal.throw.on.fetch.stable.offset.unsupported
isolation.level key.deserializer key.serializer linger.ms max.block.ms max.in.flight.requests.per.connection
max.partition.fetch.bytes max.poll.interval.ms max.poll.records max.request.size metadata.max.age.ms
metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters
metrics.num.samples metrics.recording.level metrics.sample.window.ms partition.assignment.strategy
partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class
partitioner.ignore.keys receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms request.timeout.ms
retries retry.backoff.max.ms retry.backoff.ms send.buffer.bytes session.timeout.ms share.acknowledgement.mode
share.acquire.mode socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms
transaction.timeout.ms transaction.two.phase.commit.enable transactional.id value.deserializer value.serializer
sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin sasl.kerberos.ticket.renew.jitter
sasl.kerberos.ticket.renew.window.factor sasl.login.connect.timeout.ms sasl.login.read.timeout.ms
sasl.login.refresh.buffer.seconds sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor
sasl.login.refresh.window.jitter sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms
sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
sasl.oauthbearer.jwks.endpoint.refresh.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url
sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name
ssl.secure.random.implementation auto.include.jmx.reporter internal.leave.group.on.close
internal.auto.downgrade.txn.commit`

// serializerSettings are those of the (de)serializers of schemas, and of what vendors
// add to clients. kdeck decodes as the context and the schemas say.
const serializerSettings = `
auto.register.schemas use.latest.version latest.compatibility.strict use.schema.id normalize.schemas
id.compatibility.strict key.subject.name.strategy value.subject.name.strategy specific.avro.reader
specific.protobuf.value.type specific.protobuf.key.type json.value.type json.key.type json.fail.invalid.schema
derive.type avro.reflection.allow.null avro.use.logical.type.converters reference.subject.name.strategy
max.schemas.per.subject schema.reflection basic.auth.credentials.source basic.auth.user.info
bearer.auth.credentials.source bearer.auth.token bootstrap.servers client.id security.protocol`

// usedSettings are those by which context decides, and their families.
var usedPrefixes = []string{"sasl.", "ssl.", "schema.registry.", "config.providers.", "confluent.", "metrics.context."}

// unusedSettings are of the families above and change what a Java client does; kdeck
// goes on without, and says so.
const unusedSettings = `ssl.provider ssl.keymanager.algorithm ssl.trustmanager.algorithm security.providers`

// warnings names the settings without effect that somebody could rely on, and those
// that are not known.
func (p *properties) warnings() []string {
	silent := map[string]bool{}
	for _, list := range []string{clientSettings, serializerSettings} {
		for _, key := range strings.Fields(list) {
			silent[key] = true
		}
	}
	unused := strings.Fields(unusedSettings)
	for _, key := range slices.Sorted(maps.Keys(p.values)) {
		family := slices.ContainsFunc(usedPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		switch {
		case slices.Contains(unused, key):
			if value := p.values[key]; value != "" && value != "PKIX" && value != "SunX509" {
				p.warn("setting %s=%s has no effect: kdeck does TLS by itself", key, shorten(value))
			}
		case silent[key], family && p.known(key):
		default:
			p.warn("unknown setting %s", shorten(key))
		}
	}
	return p.notes
}

// secureSettings are those of the families "sasl." and "ssl." that are used.
const secureSettings = `
sasl.mechanism sasl.jaas.config sasl.client.callback.handler.class sasl.login.callback.handler.class
sasl.login.class sasl.kerberos.service.name sasl.oauthbearer.token.endpoint.url sasl.oauthbearer.header.urlencode
sasl.oauthbearer.scope sasl.oauthbearer.client.credentials.client.id
sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.jwt.retriever.class
sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud
sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds
sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
sasl.oauthbearer.assertion.template.file
ssl.protocol ssl.enabled.protocols ssl.cipher.suites ssl.endpoint.identification.algorithm
ssl.engine.factory.class ssl.key.password ssl.keystore.type ssl.keystore.location ssl.keystore.password
ssl.keystore.key ssl.keystore.certificate.chain ssl.truststore.type ssl.truststore.location
ssl.truststore.password ssl.truststore.certificates`

// known reports whether a setting of a family is one of Apache Kafka's, or one of a
// vendor's.
func (p *properties) known(key string) bool {
	if !strings.HasPrefix(key, "sasl.") && !strings.HasPrefix(key, "ssl.") {
		return true
	}
	return slices.Contains(strings.Fields(secureSettings), key)
}
