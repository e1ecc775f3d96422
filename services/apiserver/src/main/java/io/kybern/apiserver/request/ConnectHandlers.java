package io.kybern.apiserver.request;

import java.util.Map;

/**
 * The handlers of addresses that lead somewhere else than to the store, such as {@code pods/exec}; a bean of this type adds
 * some.
 *
 * @param byAddress by resource and subresource, for example {@code pods/log}
 */
public record ConnectHandlers(Map<String, ApiHandler> byAddress) {

    public ConnectHandlers {
        byAddress = Map.copyOf(byAddress);
    }
}
