package io.kybern.systemtests;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.Workflow;
import io.javaoperatorsdk.operator.api.reconciler.dependent.Dependent;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.CRUDKubernetesDependentResource;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.KubernetesDependent;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An operator as people write them with the Java Operator SDK: a page with the text of each greeting. */
@Workflow(dependents = @Dependent(type = GreetingOperator.Page.class))
@ControllerConfiguration
class GreetingOperator implements Reconciler<GreetingOperator.Greeting>, Cleaner<GreetingOperator.Greeting> {

    /** The greetings whose end was announced. */
    final Set<String> cleaned = ConcurrentHashMap.newKeySet();

    @Override
    public UpdateControl<Greeting> reconcile(Greeting greeting, Context<Greeting> context) {
        Greeting answer = new Greeting();
        answer.setMetadata(new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
                .withName(greeting.getMetadata().getName())
                .withNamespace(greeting.getMetadata().getNamespace())
                .build());
        Status status = new Status();
        status.setShown(context.getSecondaryResource(ConfigMap.class)
                .map(page -> page.getData().get("text"))
                .orElse(null));
        answer.setStatus(status);
        return UpdateControl.patchStatus(answer);
    }

    @Override
    public DeleteControl cleanup(Greeting greeting, Context<Greeting> context) {
        cleaned.add(greeting.getMetadata().getName());
        return DeleteControl.defaultDelete();
    }

    /** What users write. */
    @Group("greetings.example.com")
    @Version("v1")
    public static class Greeting extends CustomResource<Spec, Status> implements Namespaced {}

    /** What it should say. */
    public static class Spec {
        private String text;

        /** The text. */
        public String getText() {
            return text;
        }

        /** Sets the text. */
        public void setText(String text) {
            this.text = text;
        }
    }

    /** What it says. */
    public static class Status {
        private String shown;

        /** The text that the page has. */
        public String getShown() {
            return shown;
        }

        /** Sets the text that the page has. */
        public void setShown(String shown) {
            this.shown = shown;
        }
    }

    /** The page of a greeting. */
    @KubernetesDependent
    public static class Page extends CRUDKubernetesDependentResource<ConfigMap, Greeting> {

        @Override
        protected ConfigMap desired(Greeting greeting, Context<Greeting> context) {
            return new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName(greeting.getMetadata().getName())
                    .withNamespace(greeting.getMetadata().getNamespace())
                    .endMetadata()
                    .withData(Map.of("text", greeting.getSpec().getText()))
                    .build();
        }
    }
}
