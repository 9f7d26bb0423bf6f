import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Two members of a KIP-848 group come and go, read and commit. Prints what happens,
 * the same on every cluster. Arguments: bootstrap servers.
 */
public class Consumers {
    static final int PARTITIONS = 4;

    public static void main(String[] args) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", args[0]);
        try (Admin admin = Admin.create(config)) {
            admin.createTopics(List.of(new NewTopic("orders", Optional.of(PARTITIONS), Optional.empty()))).all().get();
            produce(config, 5);
            try (KafkaConsumer<String, String> first = member(config)) {
                until("one member has all partitions", () -> {
                    poll(first);
                    return first.assignment().size() == PARTITIONS;
                });
                until("all is read", () -> poll(first) == 5 * PARTITIONS);
                first.commitSync();
                say("one member has " + partitions(first) + " and has read " + read);
                try (KafkaConsumer<String, String> second = member(config)) {
                    until("two members share", () -> {
                        poll(first);
                        poll(second);
                        return first.assignment().size() == 2 && second.assignment().size() == 2;
                    });
                    TreeSet<Integer> together = partitions(first);
                    together.addAll(partitions(second));
                    say("two members have two each, together " + together);
                    produce(config, 2);
                    until("all is read", () -> {
                        poll(first);
                        return poll(second) == 7 * PARTITIONS;
                    });
                    first.commitSync();
                    second.commitSync();
                    say("they have read " + read);
                    say("described: " + describe(admin));
                }
                until("the other's partitions come back", () -> {
                    poll(first);
                    return first.assignment().size() == PARTITIONS;
                });
                say("one member has " + partitions(first) + " again, nothing was read twice: " + read);
            }
            say("described: " + describe(admin));
            Map<Integer, Long> commits = new TreeMap<>();
            admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get()
                .forEach((partition, offset) -> commits.put(partition.partition(), offset.offset()));
            say("committed: " + commits);
        }
    }

    static int read;

    static int poll(KafkaConsumer<String, String> consumer) {
        read += consumer.poll(Duration.ofMillis(100)).count();
        return read;
    }

    static KafkaConsumer<String, String> member(Map<String, Object> config) {
        Map<String, Object> own = new HashMap<>(config);
        own.put("group.id", "readers");
        own.put("group.protocol", "consumer");
        own.put("auto.offset.reset", "earliest");
        own.put("enable.auto.commit", false);
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(own, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("orders"));
        return consumer;
    }

    static void produce(Map<String, Object> config, int each) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                for (int i = 0; i < each; i++) {
                    producer.send(new ProducerRecord<>("orders", partition, null, "value " + i));
                }
            }
        }
    }

    static TreeSet<Integer> partitions(KafkaConsumer<?, ?> consumer) {
        TreeSet<Integer> numbers = new TreeSet<>();
        for (TopicPartition partition : consumer.assignment()) {
            numbers.add(partition.partition());
        }
        return numbers;
    }

    static String describe(Admin admin) throws Exception {
        ConsumerGroupDescription group = admin.describeConsumerGroups(List.of("readers")).describedGroups().get("readers").get();
        return group.type() + " group, " + group.groupState() + ", assignor " + group.partitionAssignor() + ", " + group.members().size() + " members";
    }

    static void until(String what, BooleanSupplier done) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain until " + what);
            }
        }
    }

    static void say(String line) {
        System.out.println(line);
    }
}
