package io.kybern.node.proxy;

import io.kybern.node.command.CommandRunner;
import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import io.kybern.node.network.NetworkProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;

/**
 * What the proxy finds on its node.
 *
 * @param network the cluster's ranges
 * @param commands runs the machine's programs
 * @param iptables the packet filter
 * @param base the chains shared with the pod network
 * @param metrics where passes are counted and timed
 * @param nodeName the node's name: its endpoints are local
 * @param clock tells when a whole pass is due
 */
record ProxyEnvironment(
        NetworkProperties network,
        CommandRunner commands,
        Iptables iptables,
        BaseChains base,
        MeterRegistry metrics,
        String nodeName,
        Clock clock) {}
