package lmnop.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shape that docs/architecture.md draws, held by machine. */
final class ArchitectureTest {
  /** Which module may use which; what is not here is not allowed. */
  private static final Map<String, Set<String>> MODULES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("operations", Set.of()),
              Map.entry("registry", Set.of("operations")),
              Map.entry("tasks", Set.of("operations")),
              Map.entry("providerapi", Set.of("operations")),
              Map.entry("images", Set.of("operations")),
              Map.entry("templates", Set.of("operations")),
              Map.entry("router", Set.of("operations", "registry", "providerapi")),
              Map.entry(
                  "controlplane",
                  Set.of("operations", "registry", "tasks", "providerapi", "templates", "images")),
              Map.entry("builderworker", Set.of("operations", "tasks", "images", "templates")),
              Map.entry("provider", Set.of("operations", "registry", "providerapi", "images")),
              Map.entry("standalone", Set.of("operations")),
              Map.entry("loadtest", Set.of("operations", "images", "testkit"))));

  /** The same for the features of the control plane, the app with the most of them. */
  private static final Map<String, Set<String>> CONTROL_PLANE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("web", Set.of()),
              Map.entry("configuration", Set.of()),
              Map.entry("audit", Set.of()),
              Map.entry("functions", Set.of("audit")),
              Map.entry("accounts", Set.of("web", "audit")),
              Map.entry("git", Set.of("web", "accounts", "configuration", "functions")),
              Map.entry("releases", Set.of("audit", "git", "configuration")),
              Map.entry("templates", Set.of("audit", "accounts", "git")),
              Map.entry("crashes", Set.of("accounts", "git")),
              Map.entry(
                  "builds",
                  Set.of(
                      "web",
                      "accounts",
                      "git",
                      "configuration",
                      "functions",
                      "releases",
                      "templates")),
              Map.entry("revisions", Set.of("accounts", "functions", "releases")),
              Map.entry(
                  "secrets", Set.of("audit", "accounts", "configuration", "releases", "revisions")),
              Map.entry("repositories", Set.of("web", "accounts", "functions", "git", "builds")),
              Map.entry(
                  "deletions",
                  Set.of("audit", "accounts", "functions", "git", "builds", "releases")),
              Map.entry("overview", Set.of("web", "accounts", "builds", "configuration")),
              Map.entry("backup", Set.of("accounts", "git")),
              Map.entry("domains", Set.of("audit", "accounts", "functions")),
              Map.entry("identities", Set.of("audit", "accounts", "web")),
              Map.entry("state", Set.of()),
              Map.entry("scaling", Set.of("audit", "accounts")),
              Map.entry("logs", Set.of("accounts", "git")),
              Map.entry("usage", Set.of("releases")),
              Map.entry(
                  "gateway",
                  Set.of(
                      "web",
                      "accounts",
                      "audit",
                      "configuration",
                      "functions",
                      "git",
                      "releases",
                      "revisions",
                      "deletions",
                      "scaling",
                      "logs",
                      "secrets")),
              Map.entry(
                  "portal",
                  Set.of(
                      "web",
                      "accounts",
                      "git",
                      "builds",
                      "releases",
                      "revisions",
                      "overview",
                      "crashes",
                      "scaling",
                      "logs",
                      "usage",
                      "configuration",
                      "domains",
                      "identities",
                      "deletions",
                      "repositories",
                      "secrets",
                      "audit",
                      "state")),
              Map.entry(
                  "api",
                  Set.of(
                      "web",
                      "accounts",
                      "git",
                      "builds",
                      "releases",
                      "revisions",
                      "overview",
                      "scaling",
                      "logs",
                      "crashes",
                      "deletions",
                      "audit",
                      "domains",
                      "configuration",
                      "secrets",
                      "usage",
                      "state",
                      "repositories",
                      "templates"))));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(
              MODULES.keySet().stream().map(module -> "lmnop." + module).toArray(String[]::new));

  static Stream<String> modules() {
    return MODULES.keySet().stream();
  }

  static Stream<String> features() {
    return CONTROL_PLANE.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleUsesOnlyWhatStandsBelowIt(String module) {
    useOnly("lmnop." + module + "..", allowed("lmnop.", module, MODULES), "lmnop..");
  }

  @ParameterizedTest
  @MethodSource("features")
  void aFeatureOfTheControlPlaneUsesOnlyItsAllowedOnes(String feature) {
    String root = "lmnop.controlplane.";
    useOnly(root + feature + "..", allowed(root, feature, CONTROL_PLANE), root + "*..");
  }

  @Test
  void everyFeatureOfTheControlPlaneIsInTheList() {
    Set<String> found =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith("lmnop.controlplane."))
            .map(name -> name.split("\\.")[2])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(found).isEqualTo(CONTROL_PLANE.keySet());
  }

  private static List<String> allowed(String root, String own, Map<String, Set<String>> edges) {
    return Stream.concat(Stream.of(own), edges.getOrDefault(own, Set.of()).stream())
        .map(name -> root + name + "..")
        .toList();
  }

  private static void useOnly(String from, List<String> allowed, String ours) {
    classes()
        .that(resideInAPackage(from))
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.not(resideInAPackage(ours))
                .or(resideInAnyPackage(allowed.toArray(String[]::new))))
        .because("the allowed edges are the list in this test")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("lmnop.(*).(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<JavaPackage> packages =
        CLASSES.stream()
            .map(JavaClass::getPackage)
            .collect(Collectors.toCollection(() -> new TreeSet<>(byName())));
    assertThat(packages).isNotEmpty();
    assertThat(packages).allMatch(p -> p.isAnnotatedWith(NullMarked.class), "is @NullMarked");
  }

  private static Comparator<JavaPackage> byName() {
    return Comparator.comparing(JavaPackage::getName);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses()
        .should()
        .haveNameMatching(".*(Impl|Helper|Manager|Util|Utils|Common|Abstract)$")
        .check(CLASSES);
    noClasses().should().haveNameMatching(".*\\.(Base|Abstract)[A-Z]\\w*").check(CLASSES);
  }

  @Test
  void theRouterNeverBlocks() {
    noClasses()
        .that(resideInAnyPackage("lmnop.router.edge..", "lmnop.router.gateway.."))
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "it waits",
                call ->
                    Set.of("block", "blockFirst", "blockLast", "join", "sleep")
                            .contains(call.getTarget().getName())
                        && !call.getTargetOwner().getName().equals("java.lang.String")))
        .check(CLASSES);
  }

  @Test
  void onlyThoseWhoMustStartProgramsAndOnlyGitAndItsBrowserTouchJGit() {
    noClasses()
        .that(resideInAnyPackage("lmnop.router..", "lmnop.controlplane..", "lmnop.registry.."))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .check(CLASSES);
    noClasses()
        .that(
            resideInAPackage("lmnop..")
                .and(
                    DescribedPredicate.not(
                        resideInAnyPackage(
                            "lmnop.controlplane.git..", "lmnop.controlplane.repositories.."))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jgit..")
        .check(CLASSES);
  }

  @Test
  void everyRouteOfTheControlPlaneSaysWhoMayCallIt() {
    noClasses()
        .that()
        .resideInAPackage("lmnop.controlplane..")
        .and(DescribedPredicate.not(resideInAPackage("lmnop.controlplane.web..")))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.springframework.web.reactive.function.server.RouterFunctions")
        .because("a Route cannot be made without an Access")
        .check(CLASSES);
  }

  @Test
  void oneDriverForDataAndOneJackson() {
    noClasses()
        .that(
            DescribedPredicate.not(
                resideInAnyPackage("lmnop.standalone..", "lmnop.operations.database..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.sql..")
        .check(CLASSES);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson.databind..", "com.fasterxml.jackson.core..")
        .check(CLASSES);
  }

  @Test
  void classesAreFinalUnlessTheyAreMeantToBeExtended() {
    classes()
        .that()
        .areTopLevelClasses()
        .and()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .and()
        .areNotRecords()
        .and()
        .doNotHaveSimpleName("package-info")
        .should()
        .haveModifier(JavaModifier.FINAL)
        .orShould()
        .haveModifier(JavaModifier.ABSTRACT)
        .check(CLASSES);
  }
}
