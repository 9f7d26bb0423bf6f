import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Kafka Streams counts words, is stopped, and goes on from its state. Prints every
 * count, the same on every cluster. Arguments: bootstrap servers, folder for the
 * state, processing guarantee.
 */
public class WordCount {
    public static void main(String[] args) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", args[0]);
        try (Admin admin = Admin.create(config)) {
            admin.createTopics(List.of(
                new NewTopic("lines", Optional.of(2), Optional.empty()),
                new NewTopic("counts", Optional.of(1), Optional.empty()))).all().get();
            run(args, config, 11, "the cat sat on the mat", "the dog saw the cat");
            run(args, config, 17, "a cat is no dog", "mat");
            internalTopics(admin);
        }
    }

    /** Counts the words of the lines, until there are so many counts in all. */
    static void run(String[] args, Map<String, Object> config, int updates, String... lines) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < lines.length; i++) {
                producer.send(new ProducerRecord<>("lines", i, null, lines[i]));
            }
        }
        try (KafkaStreams streams = new KafkaStreams(topology().build(), properties(args))) {
            streams.start();
            System.out.println(updates + " updates, " + counts(config, updates));
        }
    }

    static StreamsBuilder topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream("lines")
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word)
            .count()
            .toStream()
            .to("counts", Produced.with(Serdes.String(), Serdes.Long()));
        return builder;
    }

    static Properties properties(String[] args) {
        Properties properties = new Properties();
        properties.put("application.id", "word-count");
        properties.put("bootstrap.servers", args[0]);
        properties.put("state.dir", args[1]);
        properties.put("processing.guarantee", args[2]);
        properties.put("replication.factor", 3);
        properties.put("num.stream.threads", 2);
        properties.put("commit.interval.ms", 100);
        properties.put("statestore.cache.max.bytes", 0); // every update is written
        properties.put("default.key.serde", Serdes.StringSerde.class);
        properties.put("default.value.serde", Serdes.StringSerde.class);
        properties.put("consumer.auto.offset.reset", "earliest");
        properties.put("consumer.session.timeout.ms", 6000); // it does not leave its group when it is closed
        properties.put("consumer.heartbeat.interval.ms", 1000);
        return properties;
    }

    static Map<String, Long> counts(Map<String, Object> config, int updates) {
        Map<String, Object> own = new HashMap<>(config);
        own.put("group.id", "reader-" + updates);
        own.put("auto.offset.reset", "earliest");
        own.put("isolation.level", "read_committed");
        Map<String, Long> counts = new TreeMap<>();
        int seen = 0;
        try (KafkaConsumer<String, Long> consumer = new KafkaConsumer<>(own, new StringDeserializer(), new LongDeserializer())) {
            consumer.subscribe(List.of("counts"));
            long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
            while (seen < updates) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("only " + seen + " updates came: " + counts);
                }
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(100))) {
                    counts.put(record.key(), record.value());
                    seen++;
                }
            }
        }
        return counts;
    }

    /** The topics that Kafka Streams has made, with partitions and clean-up. */
    static void internalTopics(Admin admin) throws Exception {
        for (String name : new TreeSet<>(admin.listTopics().names().get())) {
            if (!name.startsWith("word-count-")) {
                continue;
            }
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
            System.out.println(name + ": "
                + admin.describeTopics(List.of(name)).allTopicNames().get().get(name).partitions().size() + " partitions, "
                + admin.describeConfigs(List.of(resource)).all().get().get(resource).get("cleanup.policy").value());
        }
    }
}
