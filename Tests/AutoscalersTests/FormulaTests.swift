import Autoscalers
import Kernel
import Testing

/// Formulas over triggers as KEDA's scalingModifiers have them.
@Suite("Formulas")
struct FormulaTests {
    /// What a formula comes to with a = 3, b = 4.5 and z = 0; c says nothing.
    private func value(_ text: String) throws -> Double? {
        let values = ["a": 3, "b": 4.5, "z": 0.0]
        return try ScalingFormula(text, names: ["a", "b", "c", "z"]).value { values[$0] }
    }

    private func refusal(_ text: String, names: [String] = ["trig_one", "b"]) -> FormulaRefusal? {
        do throws(FormulaRefusal) {
            _ = try ScalingFormula(text, names: names)
            return nil
        } catch { return error }
    }

    @Test(
        "Arithmetic has expr's precedences and kinds of numbers",
        arguments: [
            ("a + b * 2", 12), ("(a + b) * 2", 15), ("a - b - 1", -2.5), ("7 / 2", 3.5),
            ("7 % 4 + int(b) % 3", 4), ("-7 % 4", -3), ("2 ** 3 ** 2", 512), ("-2 ** 2", -4),
            ("2 ^ 10", 1024), ("a ** 0.5 * a ** 0.5", 3), ("1e3 + 1_000 + .5", 2000.5),
            ("10 ** -2", 0.01), ("b / z", .infinity), ("+a", 3),
            ("9223372036854775807 + 1", -0x1p63),
        ] as [(String, Double)])
    func arithmetic(text: String, expected: Double) throws {
        let found = try #require(try value(text))
        #expect(found == expected || abs(found - expected) < 1e-12, "\(text) = \(found)")
    }

    @Test(
        "Conditions choose, and count what is true",
        arguments: [
            ("a > 2 ? a + b : 1", 7.5), ("a > 5 ? 1 : b > 4 ? 2 : 3", 2), ("a < b < 5 ? 1 : 0", 1),
            ("a < b < 4 ? 1 : 0", 0), ("a > 1 && b > 5 || z == 0 ? 1 : 0", 1),
            ("not (a > 1) or a != 3 ? 1 : 0", 0), ("!(a >= 3 and a <= 3) ? 1 : 2", 2),
            ("if a > 5 { 1 } else if b > 4 { 2 } else { 3 }", 2),
            ("count([a, b, z], # > 1) > 1 ? 5 : 0", 5), ("count([a, b, z], {# > 1})", 2),
            ("any([a, z], # == 0) && all([a, b], {# > 0}) && none([a], # < 0) ? 1 : 0", 1),
            ("one([a, b], # > 4) ? 1 : 0", 1), ("sum(filter([a, b, z], # > 3.5))", 4.5),
            ("sum(map([a, b], # * 2))", 15), ("sum([a, b], # + 1)", 9.5),
            ("let half = b / 2; half + half", 4.5),
        ] as [(String, Double)])
    func conditions(text: String, expected: Double) throws {
        #expect(try value(text) == expected)
    }

    @Test(
        "Functions",
        arguments: [
            ("max(a, b)", 4.5), ("max([a, b, 10], 7)", 10), ("min(a, b, z)", 0),
            ("abs(a - b)", 1.5), ("ceil(b) + floor(b) + round(b)", 14), ("round(-2.5)", -3),
            ("int(b) / int(a)", 4.0 / 3), ("float(int(b))", 4), ("mean([a, b])", 3.75),
            ("median(a, b, z)", 3), ("sum([a, b])", 7.5), ("len([a, b])", 2),
            ("max(1, int(b)) % 3", 1),
        ] as [(String, Double)])
    func functions(text: String, expected: Double) throws {
        #expect(try value(text) == expected)
    }

    @Test("What would take for ever is refused, and what only looks like it is not")
    func steps() throws {
        func nested(_ before: String, _ after: String, _ times: Int, _ core: String) -> String {
            String(repeating: before, count: times) + core + String(repeating: after, count: times)
        }
        for text in [
            nested("sum([1,1,1,1,1,1,1,1],{", "})", 12, "a"),
            nested("(1 < (", ") < 3 ? a : 2)", 25, "b"),
            "len(" + nested("map([1,1,1,1,1,1,1,1],{", "})", 12, "a") + ")",
            (1...30).map { "let l\($0) = [\($0 > 1 ? "l\($0 - 1), l\($0 - 1)" : "1, 1")]; " }
                .joined()
                + (1...30).map { "let m\($0) = [\($0 > 1 ? "m\($0 - 1), m\($0 - 1)" : "1, 1")]; " }
                .joined() + "l30 == m30 ? 1 : 0",
        ] {
            let found = try #require(refusal(text, names: ["a", "b"]), "\(text)")
            #expect(found.message.contains("more than 100000 steps"), "\(found.message)")
            #expect((0..<text.count).contains(found.offset))
        }
        #expect(try value(nested("sum([1,1,1,1,1,1,1,1],{", "})", 3, "a")) == 1536)
        #expect(try value(nested("(", " ?: true)", 40, "a > 1") + " ? a : b") == 3)
        #expect(try value("(a > 5 ?: b > 4) ? 1 : 0") == 1)
        #expect(try value(nested("sum(map([", "], #))", 20, "a")) == 3)
    }

    @Test("A trigger that says nothing is what ?? says, and an error without it")
    func nothing() throws {
        #expect(try value("c ?? 8") == 8)
        #expect(try value("a ?? 8") == 3)
        #expect(try value("(c ?? b) + 1") == 5.5)
        #expect(try value("c ?? nil") == nil)
        #expect(throws: FormulaRefusal.self) { try value("c + a") }
        #expect(throws: FormulaRefusal.self) { try value("a > 1 ? c : a") }
    }

    @Test(
        "What is wrong is said with its place",
        arguments: [
            ("trig_one + trig_tow", 11, "trig_tow"), ("trig_one +", 10, "the end"),
            ("(trig_one + b", 13, "expected `)`"), ("trig_one b", 9, "`b` was not expected"),
            ("trig_one > 1", 9, "true or false"), ("trig_one % 2", 9, "whole numbers"),
            ("trig_one + (b > 1)", 9, "does not fit"), ("b ? 1 : 2", 2, "needs a condition"),
            ("'b' + 1", 0, "a text"), ("b in [1]", 2, "`in` is not known"),
            ("hello(b)", 0, "no function `hello`"), ("abs(b, 1)", 0, "takes one value"),
            ("1 ?? 2 + b", 7, "two ways"), ("b + 99999999999999999999", 4, "no number"),
            ("b + 12x", 4, "no number"), ("# + 1", 0, "was not expected"), ("", 0, "the end"),
            ("b @ 1", 2, "no part of a formula"), ("count(b, # > 1)", 6, "needs a list"),
            ("count([b], # + 1)", 13, "true or false"), ("let b = 1; b", 4, "there already"),
            ("cpu + b", 0, "no trigger has the name `cpu`"), ("[b]", 0, "not to a number"),
            ("any([b])", 0, "a list and a condition"), ("5 % 0 + b", 2, "by zero"),
        ])
    func refusals(text: String, offset: Int, words: String) throws {
        let found = try #require(refusal(text))
        #expect(found.message.contains(words), "\(found)")
        #expect(found.offset == offset, "\(found)")
        #expect(!found.remedy.isEmpty)
    }

    @Test("A name that is nearly right is suggested")
    func suggestion() {
        #expect(refusal("trig_tone + b")?.remedy == "write `trig_one`")
        #expect(refusal("cpu + 1", names: [])?.remedy.contains("give the trigger a `name`") == true)
    }

    @Test("Depth and length have bounds, and whatever is cut off is read or refused")
    func hostility() {
        let deep = String(repeating: "(", count: 3_000)
        #expect(refusal(deep)?.message.contains("brackets") == true)
        #expect(refusal(String(repeating: "-", count: 3_000) + "b") != nil)
        #expect(refusal("b" + String(repeating: " + b", count: 300)) != nil)
        #expect(refusal(String(repeating: "b ", count: 3_000))?.message.contains("longer") == true)
        #expect(refusal("b" + String(repeating: " + b", count: 60)) == nil)
        let text = "let x = count([trig_one, b], {# > 1}); x > 1 ? max(b, 2) ** 2 : (b ?? 1)"
        for end in 0...text.count {
            _ = refusal(String(text.prefix(end)))
            _ = refusal(String(text.suffix(end)))
        }
    }
}

@Suite("The metric of scalingModifiers")
struct ScalingModifiersTests {
    private static func modifiers(
        _ formula: String, target: Double = 10, isForAll: Bool = false
    ) throws -> ScalingModifiers {
        ScalingModifiers(
            formula: try ScalingFormula(formula, names: ["a", "b"]), target: target,
            hasWholeTarget: target == target.rounded(), activationTarget: 5, isForAll: isForAll)
    }

    private func poll(
        _ object: ScaledObject, _ triggers: [ScaledObjectPoll.Trigger], current: Int = 0
    ) -> ScaledObjectPoll.Outcome {
        ScaledObjectPoll.poll(
            object, triggers: triggers, current: current, lastActive: nil, created: .start,
            now: .start)
    }

    private func trigger(_ name: String, _ value: Int?) -> ScaledObjectPoll.Trigger {
        .init(name: name, value: value.map { Quantity($0) }, activationThreshold: Quantity(1000))
    }

    @Test("Only the formula counts for activity, strictly above its own threshold")
    func activity() throws {
        let object = ScaledObject(modifiers: try Self.modifiers("a + b"))
        let active = poll(object, [trigger("a", 2), trigger("b", 4)])
        #expect(active.isActive && active.replicas == 1 && active.composite == Quantity(6))
        #expect(active.events.first?.message.contains("composite-metric") == true)
        #expect(!poll(object, [trigger("a", 2), trigger("b", 3)]).isActive)
    }

    @Test("A trigger that fails makes the object inactive, whatever the others say")
    func failure() throws {
        let object = ScaledObject(modifiers: try Self.modifiers("max(a, 100)"))
        let outcome = poll(object, [trigger("a", 200), trigger("b", nil)], current: 1)
        #expect(!outcome.isActive && outcome.composite == nil)
    }

    @Test("A fallback that is active is the whole metric")
    func fallback() throws {
        let fallback = MetricFallback(failureThreshold: 0, replicas: 4)
        let object = ScaledObject(fallback: fallback, modifiers: try Self.modifiers("a + b"))
        var failing = trigger("b", nil)
        failing.isFallbackActive = true
        #expect(poll(object, [trigger("a", 1), failing]).composite == Quantity(40))
        // KEDA reads the target as an integer there.
        let fraction = ScaledObject(
            fallback: fallback, modifiers: try Self.modifiers("a + b", target: 2.5))
        #expect(fraction.usableFallback == nil && object.usableFallback == fallback)
    }

    @Test(
        "A trigger that is left out is nil, and a formula that comes to nothing is the fallback's size"
    )
    func leftOut() throws {
        let fallback = MetricFallback(
            failureThreshold: 0, replicas: 4, behavior: .scalingModifiers)
        let reading = MetricFallback.read(
            fallback, metric: "b", target: .averageValue(Quantity(10)), value: nil, health: [:],
            currentReplicas: 1, readyReplicas: 1)
        #expect(reading.isLeftOut && !reading.isFallbackActive)
        var failing = trigger("b", nil)
        failing.isLeftOut = true
        let parts = [trigger("a", 7), failing]
        for (formula, expected) in [("b ?? a", 7), ("b ?? nil", 40)] {
            let object = ScaledObject(
                fallback: fallback, modifiers: try Self.modifiers(formula))
            #expect(poll(object, parts).composite == Quantity(expected))
        }
        let sum = ScaledObject(fallback: fallback, modifiers: try Self.modifiers("a + b"))
        #expect(poll(sum, parts).composite == nil)
    }

    @Test("The HPA asks for one metric beside those of resources")
    func horizontal() throws {
        let metrics: [HorizontalMetric] = [
            .external(
                ExternalMetric(
                    metric: MetricIdentifier(name: "s0-a"), target: .averageValue(Quantity(1)))),
            .resource(ResourceMetric(name: "cpu", target: .utilization(60))),
        ]
        let object = ScaledObject(modifiers: try Self.modifiers("a", target: 2.5, isForAll: true))
        #expect(
            object.horizontalSpec(metrics: metrics).metrics == [
                .resource(ResourceMetric(name: "cpu", target: .utilization(60))),
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: "composite-metric"),
                        target: .value(Quantity(milli: 2500)))),
            ])
    }

    @Test("A division by zero is the least number, as Go converts it on amd64")
    func infinity() throws {
        let parts = ["a": 1, "b": 0].sorted { $0.key < $1.key }.map {
            ScalingModifiers.Part(name: $0.key, value: Quantity($0.value))
        }
        #expect(
            try Self.modifiers("a / b").value(parts, fallback: nil) == Quantity(milli: .min))
        #expect(try Self.modifiers("a / 3").value(parts, fallback: nil) == Quantity(milli: 333))
    }
}
