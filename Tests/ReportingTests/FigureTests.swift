import Foundation
import FoundationXML
import Reporting
import Testing

@Suite("Figures for papers")
struct FigureTests {
    @Test("are there for everything that a run has")
    func names() throws {
        let view = try WrittenRun(steadyText).view()
        let drawn = Figure.names.filter { Figure.named($0, of: view) != nil }
        // Nothing scales, so there are no replicas to draw.
        #expect(drawn == ["series", "heatmap", "graph", "ledger", "timeline"])
        #expect(Figure.named("nothing", of: view) == nil)
    }

    @Test(
        "are drawn as SVG that is XML, and as PNG", .enabled(if: isInstalled("gnuplot")),
        arguments: ["series", "heatmap", "graph", "ledger", "timeline"])
    func drawn(name: String) throws {
        let run = try WrittenRun(steadyText)
        let figure = try #require(Figure.named(name, of: try run.view()))
        let svg = try figure.draw(.svg, in: run.path)
        let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: svg)))
        #expect(parser.parse())
        let text = try String(contentsOfFile: svg, encoding: .utf8)
        #expect(text.contains("<path") || text.contains("<polygon"))
        let png = try Data(contentsOf: URL(fileURLWithPath: figure.draw(.png, in: run.path)))
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test("compare runs in one picture", .enabled(if: isInstalled("gnuplot")))
    func comparison() throws {
        let (one, other) = (try WrittenRun(steadyText), try WrittenRun(steadyText, seed: 2))
        let figure = Figure.comparison([("one", try one.view()), ("other", try other.view())])
        let svg = try figure.draw(.svg, in: one.path)
        #expect(XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: svg))).parse())
    }

    @Test("say what is wrong when they cannot be written", .enabled(if: isInstalled("gnuplot")))
    func unwritable() throws {
        let view = try WrittenRun(steadyText).view()
        let figure = try #require(Figure.named("timeline", of: view))
        #expect { _ = try figure.draw(.svg, in: "/nowhere/at/all") } throws: {
            "\($0)".hasPrefix("/nowhere/at/all/timeline.svg: error: ")
        }
    }
}

@Suite("Layouts of call graphs")
struct GraphLayoutTests {
    private func tree(_ count: Int) -> GraphLayout.Graph {
        var tiers = [0]
        var edges: [(from: Int, to: Int)] = []
        for node in 1..<count {
            let parent = (node - 1) / 3
            tiers.append(tiers[parent] + 1)
            edges.append((parent, node))
        }
        return GraphLayout.Graph(
            names: (0..<count).map { "s\($0)" }, tiers: tiers, edges: edges)
    }

    @Test("keep nodes apart and inside, tiers from left to right", arguments: [1, 4, 40, 400])
    func layered(count: Int) {
        let graph = tree(count)
        let layout = GraphLayout.layered(graph)
        #expect(layout.nodes.count == count)
        #expect(layout.curves.count == count - 1)
        for node in layout.nodes {
            #expect((0...layout.width).contains(node.x) && (0...layout.height).contains(node.y))
        }
        for (index, node) in layout.nodes.enumerated() {
            for other in layout.nodes.dropFirst(index + 1) {
                let isApart =
                    abs(node.x - other.x) >= layout.nodeWidth - 1e-9
                    || abs(node.y - other.y) >= layout.nodeHeight - 1e-9
                #expect(isApart)
            }
        }
        for edge in graph.edges { #expect(layout.nodes[edge.from].x < layout.nodes[edge.to].x) }
    }

    @Test("come from Graphviz where it is installed", .enabled(if: isInstalled("dot")))
    func graphviz() throws {
        let layout = try #require(GraphLayout.graphviz(tree(13)))
        #expect(layout.nodes.count == 13)
        #expect(layout.curves.allSatisfy { $0.count % 3 == 1 && $0.count >= 4 })
        #expect(layout.nodes[0].x < layout.nodes[12].x)
        #expect(GraphLayout.best(tree(400)).maker == "layers by tier")
    }

    @Test("stand cycles and calls of oneself")
    func cycles() {
        let graph = GraphLayout.Graph(
            names: ["a", "b"], tiers: [1, 2], edges: [(0, 1), (1, 0), (1, 1)])
        #expect(GraphLayout.layered(graph).curves.count == 3)
    }
}
