package io.kybern.apiserver.protobuf;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.protobuf.ProtobufTypes.Content;
import io.kybern.apiserver.protobuf.ProtobufTypes.Field;
import io.kybern.apiserver.protobuf.ProtobufTypes.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Compares the table of messages with those of the official Java client. */
@Timeout(60)
class ProtobufTypesTest {

    private static final ProtobufTypes TYPES = ProtobufTypes.builtIn();

    /** Fields that JSON calls otherwise than the messages do. */
    private static final Map<String, String> OTHER_NAMES = Map.of("$ref", "ref", "$schema", "schema");

    @Test
    void everyRegisteredTypeAndItsListHaveMessages() {
        assertThat(ResourceRegistry.builtIn().builtInTypes()).allSatisfy(type -> {
            GroupVersionKind kind =
                    new GroupVersionKind(type.gvr().group(), type.gvr().version(), type.kind());
            assertThat(TYPES.message(kind)).as(kind.toString()).isPresent();
            type.subresources().values().forEach(sub -> assertThat(TYPES.message(sub.kind()))
                    .as("%s of %s", sub, kind)
                    .matches(found -> found.isPresent()
                            || sub.kind().kind().endsWith("ProxyOptions")
                            || sub.kind().kind().startsWith("Pod")));
        });
    }

    @Test
    void customKindsHaveNoMessagesWhateverTheyAreCalled() {
        assertThat(TYPES.message(new GroupVersionKind("apps.example.com", "v1", "Deployment")))
                .isEmpty();
        assertThat(TYPES.message(new GroupVersionKind("example.com", "v1", "PodList")))
                .isEmpty();
        assertThat(TYPES.message(new GroupVersionKind("", "v1", "PodList"))).contains("core.v1.PodList");
        assertThat(TYPES.message(new GroupVersionKind("", "v1", "Status"))).contains("meta.Status");
        assertThat(TYPES.message(new GroupVersionKind("rbac.authorization.k8s.io", "v1", "Role")))
                .contains("rbac.v1.Role");
    }

    @Test
    void everyFieldIsNumberedNamedAndTypedAsInTheOfficialMessages() {
        List<String> differences = new ArrayList<>();
        for (String name : new TreeSet<>(TYPES.names())) {
            OfficialMessages.find(name).ifPresent(official -> compare(name, official, differences));
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void nearlyAllMessagesAreOnesThatTheOfficialClientHas() {
        assertThat(TYPES.names())
                .filteredOn(name -> OfficialMessages.find(name).isEmpty())
                .allMatch(name -> name.startsWith("apiregistration.v1."));
    }

    private static void compare(String name, Descriptor official, List<String> differences) {
        Map<Integer, Field> ours = TYPES.fields(name).byNumber();
        for (Field field : ours.values()) {
            FieldDescriptor theirs = official.findFieldByNumber(field.number());
            if (theirs == null) {
                differences.add(name + " has no field " + field.number() + " " + field.name());
            } else if (!sameName(field.name(), theirs.getName()) || !sameType(field, theirs)) {
                differences.add("%s.%s %s is %s".formatted(name, field.name(), field, theirs.toProto()));
            }
        }
        for (FieldDescriptor theirs : official.getFields()) {
            if (!ours.containsKey(theirs.getNumber())) {
                differences.add(name + " lacks " + theirs.getNumber() + " " + theirs.getName());
            }
        }
    }

    private static boolean sameName(String json, String message) {
        String plain = json.replace("-", "").toLowerCase(Locale.ROOT);
        return OTHER_NAMES.getOrDefault(plain, plain).equals(message.toLowerCase(Locale.ROOT));
    }

    private static boolean sameType(Field ours, FieldDescriptor theirs) {
        boolean list = theirs.isRepeated() && !theirs.isMapField();
        if ((ours.shape() == Shape.LIST) != list || (ours.shape() == Shape.MAP) != theirs.isMapField()) {
            return false;
        }
        FieldDescriptor value = theirs.isMapField() ? theirs.getMessageType().findFieldByNumber(2) : theirs;
        return switch (value.getType()) {
            case STRING -> ours.content() == Content.STRING;
            case BYTES -> ours.content() == Content.BYTES;
            case INT32, INT64 -> ours.content() == Content.INTEGER;
            case BOOL -> ours.content() == Content.BOOLEAN;
            case DOUBLE -> ours.content() == Content.DOUBLE;
            case MESSAGE ->
                ours.content() == Content.MESSAGE
                        && OfficialMessages.find(ours.message()).stream().allMatch(message -> message.getName()
                                .equals(value.getMessageType().getName()));
            default -> false;
        };
    }
}
