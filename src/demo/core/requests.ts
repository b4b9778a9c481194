/** What sample callers ask for. */
import type { WorkOrderType } from '../../work-orders/contract.ts'

export interface DemoRequest {
  type: WorkOrderType
  subject: string
  title: string
  content: string
  wishedOutcome: string
  /** Given in the call (直接答复); left out where a department has to act. */
  answer?: string
}

export const demoRequests: readonly DemoRequest[] = [
  { type: 'QZ', subject: '01.05.01', title: '家中暖气不热', content: '家中暖气不热,室内温度约十四度,家里有老人,多次联系供热站未解决。', wishedOutcome: '尽快上门检查,恢复供热温度。' },
  { type: 'QZ', subject: '01.04.01', title: '小区停水未通知', content: '今天早上起小区停水,没有看到通知,不知道什么时候恢复。', wishedOutcome: '告知停水原因和恢复时间。' },
  { type: 'TS', subject: '01.08.01', title: '工地夜间施工扰民', content: '小区旁边工地连续三天夜里十一点以后还在施工,影响休息。', wishedOutcome: '停止夜间施工。' },
  { type: 'TS', subject: '01.02.02', title: '物业收费未公示', content: '物业公司上调停车费,没有公示收费依据,也没有征求业主意见。', wishedOutcome: '核查收费是否合规。' },
  { type: 'QZ', subject: '01.07.02', title: '路灯不亮', content: '小区门口道路路灯坏了一周,晚上出行不安全。', wishedOutcome: '尽快修复路灯。' },
  { type: 'QZ', subject: '01.07.03', title: '井盖缺失', content: '人行道上一个井盖丢失,存在安全隐患。', wishedOutcome: '尽快补装井盖。' },
  { type: 'TS', subject: '02.04.01', title: '消防通道乱停车', content: '楼下长期有车辆停在消防通道上,无人管理。', wishedOutcome: '清理违停车辆,加强巡查。' },
  { type: 'TS', subject: '02.05.01', title: '广场舞音量过大', content: '每天晚上八点到十点广场舞音响声音很大,孩子无法学习。', wishedOutcome: '控制音量和时间。' },
  { type: 'JY', subject: '03.01.02', title: '建议延长公交末班时间', content: '下班时间晚,末班公交已经收车,建议延长到晚上十点半。', wishedOutcome: '研究延长末班时间。' },
  { type: 'TS', subject: '03.02.01', title: '出租车拒载', content: '在火车站打车,司机听说目的地较近后拒载。', wishedOutcome: '查处拒载行为。' },
  { type: 'CX', subject: '04.02.01', title: '咨询身份证补办', content: '身份证丢失,咨询补办需要哪些材料,多长时间可以拿到。', wishedOutcome: '', answer: '本人持户口簿到就近派出所户籍窗口办理,现场采集照片和指纹,一般二十个工作日内领取。' },
  { type: 'QZ', subject: '05.01.01', title: '农民工工资拖欠', content: '在工地干活四个月,包工头拖欠工资两万余元,联系不上。', wishedOutcome: '帮助追讨工资。' },
  { type: 'CX', subject: '05.02.01', title: '咨询养老保险补缴', content: '中断缴费两年,咨询能否补缴,如何办理。', wishedOutcome: '', answer: '可按灵活就业人员身份继续缴费;能否补缴以参保地社保经办机构审核为准,可先在网上大厅查询缴费记录。' },
  { type: 'CX', subject: '06.01.02', title: '咨询异地就医备案', content: '父母在外省居住,咨询住院怎样直接结算。', wishedOutcome: '', answer: '可通过国家医保服务平台或经办窗口办理异地就医备案,备案后在联网定点医院持社保卡直接结算。' },
  { type: 'TS', subject: '06.02.03', title: '反映医院窗口态度', content: '挂号窗口工作人员态度冷漠,询问时不耐烦。', wishedOutcome: '改进服务态度。' },
  { type: 'TS', subject: '07.03.01', title: '培训机构不退费', content: '校外培训机构停课后拒绝退还剩余课时费。', wishedOutcome: '督促机构退费。' },
  { type: 'CX', subject: '07.01.01', title: '咨询小学入学报名', content: '孩子明年上小学,咨询报名时间和需要的材料。', wishedOutcome: '', answer: '报名时间以当年教育局公告为准,一般需要户口簿、房产或居住证明、预防接种证。' },
  { type: 'TS', subject: '08.01.02', title: '健身房关门预付卡不退', content: '健身房突然关门,会员卡还有余额,负责人失联。', wishedOutcome: '协调退款。' },
  { type: 'JB', subject: '08.02.03', title: '举报无证餐饮', content: '居民楼内有人无证制作盒饭对外销售,卫生条件差。', wishedOutcome: '依法查处。' },
  { type: 'JB', subject: '09.02.01', title: '举报污水直排', content: '某厂夜间把污水排入河道,水面有异味。', wishedOutcome: '查处违法排放。' },
  { type: 'TS', subject: '09.01.02', title: '餐饮油烟扰民', content: '楼下饭店油烟直排,厨房窗户不敢打开。', wishedOutcome: '要求安装净化设施。' },
  { type: 'QZ', subject: '12.01.01', title: '申请低保求助', content: '家中因病致贫,申请低保后一直没有结果。', wishedOutcome: '了解审核进度。' },
  { type: 'QZ', subject: '13.01.01', title: '居民楼停电', content: '整栋楼停电两个多小时,家中有病人使用设备。', wishedOutcome: '尽快恢复供电。' },
  { type: 'QZ', subject: '16.02.01', title: '消防通道堵塞', content: '小区消防通道被固定地锁占用。', wishedOutcome: '拆除地锁。' },
  { type: 'CX', subject: '18.02.02', title: '咨询企业补贴兑现', content: '企业申报的稳岗补贴一直没有到账,咨询办理进度。', wishedOutcome: '' },
  { type: 'TS', subject: '19.02.01', title: '部门之间推诿', content: '反映小区排水问题,两个部门互相推,至今没有人处理。', wishedOutcome: '明确责任单位并处理。' },
  { type: 'YJ', subject: '19.01.03', title: '网上办事系统不便', content: '网上办事大厅登录后经常超时,填写的内容丢失。', wishedOutcome: '改进系统。' },
  { type: 'BY', subject: '19.01.01', title: '表扬窗口工作人员', content: '办事窗口工作人员耐心细致,帮助老人完成手续,特此表扬。', wishedOutcome: '', answer: '已记录并转达所在单位,感谢您的肯定。' }
]
