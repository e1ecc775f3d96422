package io.kybern.apiserver.admission.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Decision;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class CertificateGuardsTest {

    private static final ResourceType TYPE =
            ResourceRegistry.builtIn().require("certificates.k8s.io", "v1", "certificatesigningrequests");

    /** Made by openssl for the subject O=system:masters, CN=ann. */
    private static final String MASTERS =
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIaE1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTj"
                    + "VjM1JsYlRwdFlYTjBaWEp6TVF3d0NnWURWUVFEREFOaApibTR3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3"
                    + "TkNBQVNpNlMzbDlPVUpwa3hjRjRjL0ZKdDA0NzQwCjR4RFZWbXI5bXNCMkpTSEpWR2dDeEkwV1VHN3JZZ0g0STQ4Z0"
                    + "F5bUVDOVkvamhyQjZIY0d1ZGd1dllMR29BQXcKQ2dZSUtvWkl6ajBFQXdJRFJ3QXdSQUlnQ0prcU42M3FUMWNmODVr"
                    + "MnlHMkFabDVBdldGazc4TGEvbDhLY1ZHTgpSMnNDSUFDSkc2S0xyTlkxRlRtOXRxVGtkSWxBSTM2Y3V3TjV4TTJaVm"
                    + "pSR1dteWEKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

    /** The same for O=team, CN=ann. */
    private static final String TEAM =
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1IOENBUUF3SFRFTk1Bc0dBMVVFQ2d3RWRHVm"
                    + "hiVEVNTUFvR0ExVUVBd3dEWVc1dU1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVvdWt0NWZUbENh"
                    + "Wk1YQmVIUHhTYmRPTytOT01RMVZacS9ackFkaVVoCnlWUm9Bc1NORmxCdTYySUIrQ09QSUFNcGhBdldQNDRhd2VoM0"
                    + "JybllMcjJDeHFBQU1Bb0dDQ3FHU000OUJBTUMKQTBrQU1FWUNJUURXNkVFaTNvWWJ6Y2JiQkJIQ01CNk1OU1JiZDFM"
                    + "bUZ5VTBaTEJNU3JwWkF3SWhBTjU2Mm5IOApsd2p0dE1NREhmMGhlRXRaVWU5R0JBcnZPUXhUSnc1by9HVjAKLS0tLS"
                    + "1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

    private final Set<String> allowed = new HashSet<>();
    private final CertificateGuards guards = new CertificateGuards(
            attributes -> allowed.contains(attributes.verb() + " " + attributes.resource() + " " + attributes.name())
                    ? Decision.allow("")
                    : Decision.noOpinion());

    private static ObjectNode wish(String signer, String request) {
        ObjectNode wish = Json.object();
        wish.putObject("metadata").put("name", "wish");
        wish.putObject("spec").put("signerName", signer).put("request", request);
        wish.putObject("status");
        return wish;
    }

    private void update(String part, ObjectNode old, ObjectNode now) {
        guards.validate(new AdmissionRequest(
                new AdmissionRequest.Target(TYPE, part, "", "wish"),
                AdmissionOperation.UPDATE,
                UserInfo.of("ann", List.of()),
                false,
                now,
                old));
    }

    private void create(ObjectNode wish) {
        guards.validate(new AdmissionRequest(
                new AdmissionRequest.Target(TYPE, "", "", "wish"),
                AdmissionOperation.CREATE,
                UserInfo.of("ann", List.of()),
                false,
                wish,
                null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"approve signers example.com/web", "approve signers example.com/*"})
    void whoApprovesMustBeAllowedToForTheSigner(String right) {
        ObjectNode wish = wish("example.com/web", TEAM);
        assertThatThrownBy(() -> update("approval", wish, wish))
                .hasMessageContaining("user not permitted to approve requests with signerName \"example.com/web\"");

        allowed.add(right);

        assertThatCode(() -> update("approval", wish, wish)).doesNotThrowAnyException();
    }

    @Test
    void whoSignsMustBeAllowedToForTheSigner() {
        ObjectNode old = wish("example.com/web", TEAM);
        ObjectNode signed = old.deepCopy();
        signed.putObject("status").put("certificate", "abc");
        allowed.add("approve signers example.com/web");
        assertThatCode(() -> update("status", old, old)).doesNotThrowAnyException();
        assertThatThrownBy(() -> update("status", old, signed))
                .hasMessageContaining("user not permitted to sign requests with signerName \"example.com/web\"");

        allowed.add("sign signers example.com/web");

        assertThatCode(() -> update("status", old, signed)).doesNotThrowAnyException();
    }

    @Test
    void nobodyAsksForACertificateOfTheMasters() {
        assertThatThrownBy(() -> create(wish("kubernetes.io/kube-apiserver-client", MASTERS)))
                .hasMessageContaining(
                        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
        assertThatCode(() -> create(wish("kubernetes.io/kube-apiserver-client", TEAM)))
                .doesNotThrowAnyException();
        assertThatCode(() -> create(wish("example.com/web", MASTERS))).doesNotThrowAnyException();
        assertThat(CertificateSubject.organizations("no request")).isEmpty();
    }
}
