package io.kybern.node.proxy;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** Starts and stops the service proxy with the daemon. */
final class ServiceProxyLifecycle implements SmartLifecycle {

    private final SharedIndexInformer<Service> services;
    private final SharedIndexInformer<EndpointSlice> slices;
    private final ProxyLoop loop;
    private volatile boolean running;

    ServiceProxyLifecycle(
            SharedIndexInformer<Service> services,
            SharedIndexInformer<EndpointSlice> slices,
            ProxyEnvironment environment) {
        this.services = services;
        this.slices = slices;
        ServiceProxy proxy = new ServiceProxy(
                new ServiceProxy.Sources(() -> services.getIndexer().list(), () -> slices.getIndexer()
                        .list()),
                environment.nodeName(),
                new ProxyPlanner(environment.network().clusterCidr()),
                environment.iptables(),
                environment.commands());
        this.loop = new ProxyLoop(
                proxy,
                environment.base(),
                () -> services.hasSynced() && slices.hasSynced(),
                environment.clock(),
                environment.metrics(),
                work -> Thread.ofPlatform().name("service-proxy").daemon().unstarted(work));
    }

    @Nullable
    String lastFailure() {
        return loop.lastFailure();
    }

    @Override
    public void start() {
        services.addEventHandler(new Wake<>());
        slices.addEventHandler(new Wake<>());
        // an API server that is away is asked again, for as long as the daemon runs
        services.exceptionHandler((started, failure) -> true);
        slices.exceptionHandler((started, failure) -> true);
        services.start();
        slices.start();
        loop.start();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        loop.close();
        services.stop();
        slices.stop();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private final class Wake<T> implements ResourceEventHandler<T> {

        @Override
        public void onAdd(T added) {
            loop.wake();
        }

        @Override
        public void onUpdate(T before, T after) {
            loop.wake();
        }

        @Override
        public void onDelete(T deleted, boolean finalStateUnknown) {
            loop.wake();
        }
    }
}
