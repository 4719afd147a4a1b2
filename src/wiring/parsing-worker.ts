// The thread that parses one large text and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { parseText } from '../config/parsed.ts'

parentPort?.postMessage(parseText(String(workerData)))
