package io.kybern.deployment.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplatesTest {

    private final PodTemplateSpec template =
            Fixtures.deployment(1, "image").getSpec().getTemplate();

    @Test
    void makesAStableNameOfSafeCharacters() {
        assertThat(Templates.hash(template, null))
                .matches("[bcdfghjklmnpqrstvwxz2456789]{6,10}")
                .isEqualTo(Templates.hash(template, null));
    }

    @Test
    void makesAnotherNameAfterACollisionAndForAnotherTemplate() {
        PodTemplateSpec other = Fixtures.deployment(1, "other").getSpec().getTemplate();
        assertThat(Templates.hash(template, 1))
                .isNotEqualTo(Templates.hash(template, null))
                .isNotEqualTo(Templates.hash(template, 2));
        assertThat(Templates.hash(other, null)).isNotEqualTo(Templates.hash(template, null));
    }

    @Test
    void doesNotCareForTheOrderOfLabelsOrForTheHashLabel() {
        Map<String, String> one = new LinkedHashMap<>();
        one.put("a", "1");
        one.put("b", "2");
        Map<String, String> two = new LinkedHashMap<>();
        two.put("b", "2");
        two.put("a", "1");
        two.put(Templates.HASH_LABEL, "x");
        PodTemplateSpec first = labelled(one);
        PodTemplateSpec second = labelled(two);
        assertThat(Templates.sameApartFromHash(first, second)).isTrue();
        assertThat(Templates.hash(first, null)).isEqualTo(Templates.hash(second, null));
        assertThat(Templates.sameApartFromHash(first, template)).isFalse();
    }

    @Test
    void takesAnEmptyResourcesObjectForNone() {
        PodTemplateSpec explicit = new PodTemplateSpecBuilder(template)
                .editSpec()
                .editFirstContainer()
                .withResources(new ResourceRequirements())
                .endContainer()
                .endSpec()
                .build();
        assertThat(Templates.sameApartFromHash(template, explicit)).isTrue();
    }

    private PodTemplateSpec labelled(Map<String, String> labels) {
        return new PodTemplateSpecBuilder(template)
                .editMetadata()
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
