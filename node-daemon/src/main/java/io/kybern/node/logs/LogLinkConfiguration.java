package io.kybern.node.logs;

import io.kybern.node.pods.LoggedContainer;
import io.kybern.node.pods.NodeFacts;
import io.kybern.node.runtime.ContainerRuntime;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the links to containers' logs. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LogLinkProperties.class)
public class LogLinkConfiguration {

    @Bean
    LogLinkFeed logLinkFeed(
            LogLinkProperties places, ContainerRuntime runtime, NodeFacts node, ScheduledExecutorService podTimer) {
        LogLinks links = new LogLinks(
                places, node.name(), () -> runtime.list(LoggedContainer.labelsOf(node.name())), runtime::logFile);
        return new LogLinkFeed(links, runtime, podTimer);
    }
}
