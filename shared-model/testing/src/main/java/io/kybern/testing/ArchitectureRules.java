package io.kybern.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;

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

    private ArchitectureRules() {}

    /**
     * Checks the main classes of a module.
     *
     * @param rootPackage the module's root, for example {@code io.kybern.scheduler}
     * @throws AssertionError naming every class that breaks a rule, and what to do in its place
     */
    public static void check(String rootPackage) {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(rootPackage);
        List.of(CORE_KNOWS_NO_FRAMEWORK, EDGE_KNOWS_NO_ADAPTER, NAMES_SAY_THE_ROLE, NOBODY_SLEEPS)
                .forEach(rule -> rule.check(classes));
        slices().matching(rootPackage + ".(*)..")
                .should()
                .beFreeOfCycles()
                .because("packages that need each other are one package")
                .allowEmptyShould(true)
                .check(classes);
    }
}
