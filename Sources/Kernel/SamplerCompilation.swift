extension Sampler {
    /// Makes `distribution` ready, adding what varies in length to `tables`.
    ///
    /// Traps when the distribution has a ``Distribution/problem``. O(1), or O(n) for n values or
    /// branches.
    public init(_ distribution: Distribution, tables: inout SamplerTables) {
        if let problem = distribution.problem {
            preconditionFailure("a distribution was not validated: \(problem)")
        }
        let offset = distribution.offset
        switch distribution.shape {
        case .deterministic(let value):
            self.init(kind: .constant, floor: Self.rounded(value * 1e9), offset: offset)
        case .uniform(let low, let high):
            self.init(uniformFrom: low, to: high, offset: offset)
        case .exponential(let mean):
            self.init(kind: .exponential, a: -mean * 1e9, offset: offset)
        case .erlang(let shape, let mean):
            self.init(kind: .erlang, a: -mean * 1e9 / Double(shape), count: shape, offset: offset)
        case .gamma(let shape, let mean):
            self.init(gammaOf: shape, mean: mean, offset: offset)
        case .lognormal(let median, let sigma):
            let draft = Self(kind: .lognormal, a: median * 1e9, b: sigma, offset: offset)
            self.init(draft, floor: draft.logNormal(0x1p-53))
        case .weibull(let shape, let scale):
            let draft = Self(kind: .weibull, a: scale * 1e9, b: 1 / shape, offset: offset)
            self.init(draft, floor: draft.weibull(1 - 0x1p-53))
        case .boundedPareto(let shape, let low, let high):
            self.init(
                kind: .boundedPareto, a: low * 1e9, b: high * 1e9,
                c: 1 - ExactMath.pow(low / high, shape), d: -1 / shape,
                floor: Self.rounded(low * 1e9), offset: offset)
        case .hyperexponential(let branches):
            self.init(branches: branches, offset: offset, tables: &tables)
        case .empirical(let values):
            let start = tables.append(values.map { $0 * 1e9 })
            self.init(
                kind: .empirical, start: start, count: values.count,
                floor: Self.rounded((values.min() ?? 0) * 1e9), offset: offset)
        }
    }

    /// A copy of `draft` whose draws are not below `floor`, nor below what rounding makes of it.
    private init(_ draft: Sampler, floor: Double) {
        self.init(
            kind: draft.kind, a: draft.a, b: draft.b, c: draft.c, d: draft.d,
            floor: Self.rounded(floor), offset: SimulatedDuration(nanoseconds: draft.offset))
    }

    private init(uniformFrom low: Double, to high: Double, offset: SimulatedDuration) {
        let width = high * 1e9 - low * 1e9
        self.init(
            kind: width == 0 ? .constant : .uniform, a: low * 1e9, b: width,
            floor: Self.rounded(low * 1e9 + width * 0x1p-53), offset: offset)
    }

    private init(gammaOf shape: Double, mean: Double, offset: SimulatedDuration) {
        let boosted = shape < 1 ? shape + 1 : shape
        let b = boosted - 1.0 / 3.0
        self.init(
            kind: shape < 1 ? .gammaBelowOne : .gamma, a: mean / shape * 1e9, b: b,
            c: 1 / (9 * b).squareRoot(), d: 1 / shape, offset: offset)
    }

    private init(
        branches: [Distribution.Branch], offset: SimulatedDuration, tables: inout SamplerTables
    ) {
        var numbers: [Double] = []
        var cumulative = 0.0
        for (index, branch) in branches.enumerated() {
            cumulative += branch.probability
            numbers.append(index == branches.count - 1 ? .infinity : cumulative)
            numbers.append(-branch.mean * 1e9)
        }
        self.init(
            kind: .hyperexponential, start: tables.append(numbers), count: branches.count,
            offset: offset)
    }
}

extension Distribution {
    /// The largest lower bound of what a ``Sampler`` of this distribution returns, after rounding.
    ///
    /// It is the lookahead a latency gives, and never undercut. Traps like the sampler.
    public var minimum: SimulatedDuration {
        var tables = SamplerTables()
        return Sampler(self, tables: &tables).minimum
    }
}
