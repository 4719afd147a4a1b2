// Where in the source a bug stands: the program is shipped as a bundle, and a report that names lines of the bundle helps nobody.
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Lets stacks name files of the source where the build has a map; asked only when a stack is read, so that it costs nothing before. */
export const stacksNameSources = (): void => {
  Error.prepareStackTrace = (error, sites) => {
    const places = sites.map(String)
    return [String(error), ...(isKept(sites[0]) ? places : places.map(inSource)).map((place) => `    at ${place}`)].join('\n')
  }
}

// Node makes an error beforehand, and reads its stack, for every process that reads a stream to its end. Nobody is shown it.
const isKept = (site: NodeJS.CallSite | undefined): boolean =>
  site?.getFileName()?.startsWith('node:internal/webstreams/') === true

const PLACE = /(file:\/\/\/[^\s()]+\.js):(\d+):(\d+)/

const inSource = (site: string): string =>
  site.replace(PLACE, (place, url: string, line: string, column: string) => {
    const entry = mapOf(url)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (entry === undefined || !('originalSource' in entry)) return place
    const { originalSource, originalLine, originalColumn } = entry
    return `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`
  })

const mapOf = (url: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')))
  } catch {
    // Without its map a place of the bundle is the best there is.
    return undefined
  }
}
