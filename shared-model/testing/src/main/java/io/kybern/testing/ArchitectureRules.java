package io.kybern.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The rules that hold the rooms apart; every module checks its own packages against them. */
public final class ArchitectureRules {

    private static final ArchRule CORE_KNOWS_NO_FRAMEWORK = noClasses()
            .that()
            .resideInAPackage("..core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.springframework..", "org.apache.kafka..", "com.github.dockerjava..", "io.lettuce..")
            .because(
                    "decisions are tested without a framework; use a port and put what needs one into adapter or config")
            .allowEmptyShould(true);

    private static final ArchRule EDGE_KNOWS_NO_ADAPTER = noClasses()
            .that()
            .resideInAPackage("..edge..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..adapter..")
            .because("what comes in and what goes out meet in core; use its ports")
            .allowEmptyShould(true);

    private static final ArchRule NAMES_SAY_THE_ROLE = noClasses()
            .should()
            // a field manager is a term of the Kubernetes API
            .haveNameMatching(".*(Impl|(?<!Field)Manager|Helper)")
            .because("such a name says nothing; use the name of the role, such as Planner, Reconciler, Store or Client")
            .allowEmptyShould(true);

    private static final ArchRule NOBODY_SLEEPS = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", java.time.Duration.class)
            .because("a sleep is a guess; wait for a condition or schedule the work")
            .allowEmptyShould(true);

    private static final ArchRule TIME_IS_INJECTED = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .because("a test must be able to choose the time; use an injected Clock, and System.nanoTime to measure")
            .allowEmptyShould(true);

    private static final ArchRule THREADS_ARE_CHOSEN = noClasses()
            .should()
            .callMethod(CompletableFuture.class, "supplyAsync", Supplier.class)
            .orShould()
            .callMethod(CompletableFuture.class, "runAsync", Runnable.class)
            .because("the common pool belongs to nobody; name the executor")
            .allowEmptyShould(true);

    private static final ArchRule CASE_HAS_A_LOCALE = noClasses()
            .should()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase")
            .because("the machine's language must not change what names mean; use Locale.ROOT")
            .allowEmptyShould(true);

    private static final ArchRule EXCEPTIONS_HAVE_FACTORIES = constructors()
            .that()
            .areDeclaredInClassesThat()
            .areAssignableTo(Throwable.class)
            .should()
            .notBePublic()
            .because("a named factory says object, expectation and what was found; add one")
            .allowEmptyShould(true);

    private static final ArchRule ABSENCE_IS_MARKED = classes()
            .that()
            .resideOutsideOfPackage("..jmh_generated..")
            .should(new ArchCondition<>("be in a package that is @NullMarked") {
                @Override
                public void check(JavaClass item, ConditionEvents events) {
                    boolean marked = item.getPackage()
                            .tryGetPackageInfo()
                            .filter(info -> info.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                            .isPresent();
                    if (!marked) {
                        events.add(SimpleConditionEvent.violated(
                                item, item.getPackageName() + " has no package-info with @NullMarked"));
                    }
                }
            })
            .because("what may be null is said; add a package-info.java with one sentence and @NullMarked")
            .allowEmptyShould(true);

    private ArchitectureRules() {}

    /**
     * Checks the main classes of a module, and that no test of it sleeps.
     *
     * @param rootPackage the module's root, for example {@code io.kybern.scheduler}
     * @throws AssertionError naming every class that breaks a rule, and what to do in its place
     */
    public static void check(String rootPackage) {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(rootPackage);
        List.of(
                        CORE_KNOWS_NO_FRAMEWORK,
                        EDGE_KNOWS_NO_ADAPTER,
                        NAMES_SAY_THE_ROLE,
                        NOBODY_SLEEPS,
                        TIME_IS_INJECTED,
                        THREADS_ARE_CHOSEN,
                        CASE_HAS_A_LOCALE,
                        EXCEPTIONS_HAVE_FACTORIES,
                        ABSENCE_IS_MARKED)
                .forEach(rule -> rule.check(classes));
        NOBODY_SLEEPS.check(new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
                .importPackages(rootPackage));
        SlicesRuleDefinition.slices()
                .matching(rootPackage + ".(*)..")
                .should()
                .beFreeOfCycles()
                .because("packages that need each other are one package")
                .allowEmptyShould(true)
                .check(classes);
    }
}
