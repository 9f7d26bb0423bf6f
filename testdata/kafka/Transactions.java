import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A transactional producer commits, aborts, and is fenced by a second one of the
 * same id; consumers of both isolation levels read. Prints what happens, the same
 * on every cluster. Arguments: bootstrap servers.
 */
public class Transactions {
    static final TopicPartition PAYMENTS = new TopicPartition("payments", 0);

    public static void main(String[] args) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", args[0]);
        try (Admin admin = Admin.create(config)) {
            admin.createTopics(List.of(new NewTopic("payments", Optional.of(1), Optional.empty()))).all().get();
            KafkaProducer<String, String> first = producer(config);
            first.initTransactions();
            first.beginTransaction();
            send(first, "committed 1");
            send(first, "committed 2");
            first.commitTransaction();
            first.beginTransaction();
            send(first, "aborted 1");
            first.abortTransaction();
            first.beginTransaction();
            send(first, "left open");
            reads(config, "an open transaction", 5, 6);

            KafkaProducer<String, String> second = producer(config);
            second.initTransactions();
            reads(config, "the second producer has come", 7, 7);
            fenced(first);
            second.beginTransaction();
            send(second, "committed 3");
            commits(second, 3);
            second.commitTransaction();
            second.beginTransaction();
            send(second, "aborted 2");
            commits(second, 5);
            second.abortTransaction();
            second.close();
            reads(config, "both have ended", 11, 11);
            Map<TopicPartition, OffsetAndMetadata> committed =
                admin.listConsumerGroupOffsets("clerks").partitionsToOffsetAndMetadata().get();
            System.out.println("committed with a transaction: " + committed.get(PAYMENTS).offset());
        }
    }

    static KafkaProducer<String, String> producer(Map<String, Object> config) {
        Map<String, Object> own = new HashMap<>(config);
        own.put("transactional.id", "till");
        return new KafkaProducer<>(own, new StringSerializer(), new StringSerializer());
    }

    static void send(KafkaProducer<String, String> producer, String value) throws InterruptedException, ExecutionException {
        producer.send(new ProducerRecord<>("payments", 0, null, value)).get();
    }

    static void commits(KafkaProducer<String, String> producer, long offset) {
        producer.sendOffsetsToTransaction(Map.of(PAYMENTS, new OffsetAndMetadata(offset)), new ConsumerGroupMetadata("clerks"));
    }

    /** Says with what error the first producer learns that there is a second one. */
    static void fenced(KafkaProducer<String, String> producer) {
        try {
            producer.commitTransaction();
            System.out.println("not fenced");
        } catch (KafkaException e) {
            System.out.println("fenced: " + e.getClass().getSimpleName());
        }
        producer.close(Duration.ZERO);
    }

    /** Reads to the ends, of which each transaction's marker is a part: it is written after the producer was told. */
    static void reads(Map<String, Object> config, String when, long committedEnd, long uncommittedEnd) {
        System.out.println(when);
        reads(config, "read_committed", committedEnd);
        reads(config, "read_uncommitted", uncommittedEnd);
    }

    static void reads(Map<String, Object> config, String isolation, long end) {
        Map<String, Object> own = new HashMap<>(config);
        own.put("isolation.level", isolation);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(own, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PAYMENTS));
            consumer.seekToBeginning(List.of(PAYMENTS));
            List<String> values = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (consumer.position(PAYMENTS) < end || consumer.endOffsets(List.of(PAYMENTS)).get(PAYMENTS) < end) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("offset " + end + " is never reached, have " + values);
                }
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    values.add(record.offset() + " " + record.value());
                }
            }
            System.out.println("  " + isolation + " to " + consumer.position(PAYMENTS) + ": " + values);
        }
    }
}
