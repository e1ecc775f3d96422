package io.kybern.apiserver.registry.core;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ServiceAccounts: of a secret they keep nothing but its name. See <a
 * href="https://kubernetes.io/docs/concepts/security/service-accounts/">Service Accounts</a>.
 */
public final class ServiceAccountStrategy extends GenericStrategy {

    private static final String MOUNTABLE = "kubernetes.io/enforce-mountable-secrets";

    /** The accounts of the API. */
    public ServiceAccountStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void prepareForCreate(ObjectNode account, RequestScope scope) {
        super.prepareForCreate(account, scope);
        keepNames(account);
    }

    @Override
    public void prepareForUpdate(ObjectNode account, ObjectNode old, RequestScope scope) {
        super.prepareForUpdate(account, old, scope);
        keepNames(account);
    }

    private static void keepNames(ObjectNode account) {
        Absent.each(account.path("secrets"), secret -> secret.retain("name"));
    }

    @Override
    public List<String> warningsOnCreate(ObjectNode account) {
        return enforcesMountable(account)
                ? List.of("metadata.annotations[" + MOUNTABLE
                        + "]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets")
                : List.of();
    }

    @Override
    public List<String> warningsOnUpdate(ObjectNode account, ObjectNode old) {
        return enforcesMountable(old) ? List.of() : warningsOnCreate(account);
    }

    private static boolean enforcesMountable(JsonNode account) {
        return account.path("metadata").path("annotations").has(MOUNTABLE);
    }
}
