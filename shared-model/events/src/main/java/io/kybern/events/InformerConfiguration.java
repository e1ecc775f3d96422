package io.kybern.events;

import io.kybern.api.ResourceRegistry;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.stream.binder.kafka.KafkaBindingRebalanceListener;
import org.springframework.cloud.stream.config.BindingProperties;
import org.springframework.cloud.stream.config.BindingServiceProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.messaging.Message;

/**
 * Wires the informer factory and the Spring Cloud Stream consumer that feeds it. Import it in a service, ask the factory for
 * informers while beans are made, and start it: the consumer's destinations are the topics of those informers.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(InformerProperties.class)
@PropertySource({"classpath:io/kybern/events/kafka.properties", "classpath:io/kybern/events/informers.properties"})
public class InformerConfiguration {

    private static final String BINDING = "objectEvents-in-0";

    @Bean
    StreamInformerFactory informerFactory(InformerProperties properties, ObjectProvider<Clock> clock) {
        return new StreamInformerFactory(
                EventTopics.of(ResourceRegistry.builtIn()), properties, clock.getIfUnique(Clock::systemUTC));
    }

    /** Takes in what a poll brought, in one piece. */
    @Bean
    Consumer<Message<List<ObjectEvent>>> objectEvents(StreamInformerFactory factory) {
        return message -> {
            try {
                factory.accept(message.getPayload());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /** Named in the binding's settings. */
    @Bean
    EventBundleConverter eventBundleConverter() {
        return new EventBundleConverter();
    }

    /** Whenever topics are assigned, reading begins at their very ends, and only then is the API server asked for lists. */
    @Bean
    KafkaBindingRebalanceListener objectEventsRebalanceListener(StreamInformerFactory factory) {
        return new KafkaBindingRebalanceListener() {
            @Override
            public void onPartitionsAssigned(
                    String binding,
                    org.apache.kafka.clients.consumer.Consumer<?, ?> consumer,
                    Collection<TopicPartition> partitions,
                    boolean initial) {
                consumer.seekToEnd(partitions);
                partitions.forEach(consumer::position);
                try {
                    factory.attached(
                            partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
    }

    /** Runs when every bean is made, so that all informers are known, and before bindings start. */
    @Bean
    SmartInitializingSingleton objectEventDestinations(
            StreamInformerFactory factory, BindingServiceProperties bindings) {
        return () -> {
            Set<String> topics = factory.topics();
            BindingProperties binding = bindings.getBindingProperties(BINDING);
            binding.setDestination(topics.isEmpty() ? EventTopics.CUSTOM : String.join(",", topics));
            bindings.getBindings().put(BINDING, binding);
        };
    }
}
