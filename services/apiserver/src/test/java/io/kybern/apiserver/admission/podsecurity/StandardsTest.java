package io.kybern.apiserver.admission.podsecurity;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.admission.podsecurity.LevelVersion.Level;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the standards find, in Kubernetes' words. */
@Timeout(60)
class StandardsTest {

    private static final String GOOD =
            "{'securityContext':{'runAsNonRoot':true,'seccompProfile':{'type':'RuntimeDefault'}},'containers':[{'name':'c',"
                    + "'securityContext':{'allowPrivilegeEscalation':false,'capabilities':{'drop':['ALL']}}}]}";

    private static String found(Level level, int minor, String spec) {
        return Violation.details(Standards.violations(
                new LevelVersion(level, minor), new ReviewedPod(Map.of(), Json.read(spec.replace('\'', '"')))));
    }

    private static String latest(Level level, String spec) {
        return found(level, LevelVersion.LATEST, spec);
    }

    @Test
    void aPlainPodIsBaselineAndNotRestricted() {
        String plain = "{'containers':[{'name':'c'},{'name':'d'}]}";

        assertThat(latest(Level.BASELINE, plain)).isEmpty();
        assertThat(latest(Level.RESTRICTED, plain))
                .isEqualTo(
                        "allowPrivilegeEscalation != false (containers \"c\", \"d\" must set securityContext.allowPrivilegeEscalation=false), "
                                + "unrestricted capabilities (containers \"c\", \"d\" must set securityContext.capabilities.drop=[\"ALL\"]), "
                                + "runAsNonRoot != true (pod or containers \"c\", \"d\" must set securityContext.runAsNonRoot=true), "
                                + "seccompProfile (pod or containers \"c\", \"d\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")");
        assertThat(latest(Level.RESTRICTED, GOOD)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{'hostNetwork':true,'hostPID':true}| host namespaces (hostNetwork=true, hostPID=true)",
                "{'containers':[{'name':'c','securityContext':{'privileged':true}}]}"
                        + "| privileged (container \"c\" must not set securityContext.privileged=true)",
                "{'volumes':[{'name':'v','hostPath':{'path':'/'}},{'name':'w','emptyDir':{}}]}| hostPath volumes (volume \"v\")",
                "{'containers':[{'name':'c','ports':[{'hostPort':80},{'hostPort':81}]}]}"
                        + "| hostPort (container \"c\" uses hostPorts 80, 81)",
                "{'containers':[{'name':'c','securityContext':{'capabilities':{'add':['SYS_ADMIN','CHOWN']}}}]}"
                        + "| non-default capabilities (container \"c\" must not include \"SYS_ADMIN\" in securityContext.capabilities.add)",
                "{'securityContext':{'sysctls':[{'name':'kernel.msgmax'},{'name':'net.ipv4.tcp_rmem'}]}}| forbidden sysctls (kernel.msgmax)",
                "{'securityContext':{'seLinuxOptions':{'type':'foo','user':'u'}}}"
                        + "| seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"foo\"; user may not be set)",
                "{'securityContext':{'seccompProfile':{'type':'Unconfined'}},'initContainers':[{'name':'i','securityContext':"
                        + "{'seccompProfile':{'type':'Unconfined'}}}]}"
                        + "| seccompProfile (pod and container \"i\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
                "{'securityContext':{'appArmorProfile':{'type':'Unconfined'}}}"
                        + "| forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")",
                "{'containers':[{'name':'c','livenessProbe':{'httpGet':{'host':'10.0.0.1'}}}]}"
                        + "| probe or lifecycle host (container \"c\" uses probe or lifecycle host \"10.0.0.1\")",
                "{'containers':[{'name':'c','securityContext':{'procMount':'Unmasked'}}]}"
                        + "| procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")",
                "{'securityContext':{'windowsOptions':{'hostProcess':true}}}"
                        + "| hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
            })
    void baselineKeepsPodsFromTheNode(String spec, String expected) {
        assertThat(latest(Level.BASELINE, spec)).isEqualTo(expected);
        assertThat(latest(Level.PRIVILEGED, spec)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'volumes':[{'name':'v','hostPath':{'path':'/'}}]"
                        + "| restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")",
                "'securityContext':{'runAsNonRoot':false,'seccompProfile':{'type':'Localhost'}}"
                        + "| runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
                "'securityContext':{'runAsNonRoot':true,'runAsUser':0,'seccompProfile':{'type':'Localhost'}}"
                        + "| runAsUser=0 (pod must not set runAsUser=0)",
                "'ephemeralContainers':[{'name':'e','securityContext':{'allowPrivilegeEscalation':false,'capabilities':{'drop':['ALL'],'add':['CHOWN']}}}]"
                        + "| unrestricted capabilities (container \"e\" must not include \"CHOWN\" in securityContext.capabilities.add)",
            })
    void restrictedAsksForMore(String more, String expected) {
        String pod = more.contains("securityContext':{'runAs")
                ? GOOD.replaceFirst(
                        "'securityContext':\\{'runAsNonRoot':true,'seccompProfile':\\{'type':'RuntimeDefault'}}", more)
                : GOOD.replaceFirst("\\{", "{" + more + ",");

        assertThat(latest(Level.RESTRICTED, pod)).isEqualTo(expected);
    }

    @Test
    void versionsKnowWhatWasAllowedThen() {
        String sysctl = "{'securityContext':{'sysctls':[{'name':'net.ipv4.tcp_rmem'}]}}";
        assertThat(found(Level.BASELINE, 31, sysctl)).isEqualTo("forbidden sysctls (net.ipv4.tcp_rmem)");
        assertThat(found(Level.BASELINE, 32, sysctl)).isEmpty();
        assertThat(found(Level.RESTRICTED, 7, "{'containers':[{'name':'c'}]}"))
                .isEqualTo("runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true)");
        String windows =
                "{'os':{'name':'windows'},'securityContext':{'runAsNonRoot':true},'containers':[{'name':'c'}]}";
        assertThat(found(Level.RESTRICTED, 25, windows)).isEmpty();
        assertThat(found(Level.RESTRICTED, 24, windows)).startsWith("allowPrivilegeEscalation != false");
        assertThat(latest(Level.RESTRICTED, "{'hostUsers':false,'containers':[{'name':'c'}]}"))
                .doesNotContain("runAsNonRoot");
    }
}
