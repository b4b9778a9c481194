/**
 * Subjects of requests, L1 to L3 (domain rules, section 3): code, name, and pinyin for the search by initials, one a line.
 * A code is for ever, since work orders keep it: add at the end of its group, give no code a second meaning.
 */
export const SUBJECT_LINES = `
01 城乡建设 cheng xiang jian she
01.01 房屋管理 fang wu guan li
01.01.01 房屋质量 fang wu zhi liang
01.01.02 房屋漏水 fang wu lou shui
01.01.03 危房安全 wei fang an quan
01.01.04 产权办证 chan quan ban zheng
01.01.05 公租房保障 gong zu fang bao zhang
01.02 物业管理 wu ye guan li
01.02.01 物业服务 wu ye fu wu
01.02.02 物业收费 wu ye shou fei
01.02.03 电梯故障 dian ti gu zhang
01.02.04 业主委员会 ye zhu wei yuan hui
01.02.05 维修资金 wei xiu zi jin
01.03 违法建设 wei fa jian she
01.03.01 私搭乱建 si da luan jian
01.03.02 占用公共区域 zhan yong gong gong qu yu
01.03.03 违建未拆除 wei jian wei chai chu
01.04 供水 gong shui
01.04.01 停水 ting shui
01.04.02 水压不足 shui ya bu zu
01.04.03 水质异常 shui zhi yi chang
01.04.04 水费争议 shui fei zheng yi
01.04.05 管道漏水 guan dao lou shui
01.05 供热 gong re
01.05.01 温度不达标 wen du bu da biao
01.05.02 停暖 ting nuan
01.05.03 供热管道漏水 gong re guan dao lou shui
01.05.04 暖气费争议 nuan qi fei zheng yi
01.06 燃气 ran qi
01.06.01 停气 ting qi
01.06.02 燃气泄漏 ran qi xie lou
01.06.03 燃气开户 ran qi kai hu
01.06.04 燃气费争议 ran qi fei zheng yi
01.07 市政设施 shi zheng she shi
01.07.01 道路破损 dao lu po sun
01.07.02 路灯不亮 lu deng bu liang
01.07.03 井盖缺失 jing gai que shi
01.07.04 下水道堵塞 xia shui dao du se
01.07.05 道路积水 dao lu ji shui
01.08 建设施工 jian she shi gong
01.08.01 夜间施工噪声 ye jian shi gong zao sheng
01.08.02 施工扬尘 shi gong yang chen
01.08.03 施工安全 shi gong an quan
01.08.04 占道施工 zhan dao shi gong
02 城市管理 cheng shi guan li
02.01 市容市貌 shi rong shi mao
02.01.01 乱贴广告 luan tie guang gao
02.01.02 乱堆杂物 luan dui za wu
02.01.03 户外广告设施 hu wai guang gao she shi
02.02 环境卫生 huan jing wei sheng
02.02.01 垃圾未清运 la ji wei qing yun
02.02.02 公厕管理 gong ce guan li
02.02.03 道路清扫 dao lu qing sao
02.02.04 垃圾分类 la ji fen lei
02.03 占道经营 zhan dao jing ying
02.03.01 流动摊贩 liu dong tan fan
02.03.02 店外经营 dian wai jing ying
02.03.03 早市夜市 zao shi ye shi
02.04 停车管理 ting che guan li
02.04.01 乱停车 luan ting che
02.04.02 停车收费 ting che shou fei
02.04.03 停车位不足 ting che wei bu zu
02.04.04 共享单车乱停放 gong xiang dan che luan ting fang
02.05 生活噪声 sheng huo zao sheng
02.05.01 广场舞噪声 guang chang wu zao sheng
02.05.02 商铺噪声 shang pu zao sheng
02.05.03 邻里噪声 lin li zao sheng
03 交通运输 jiao tong yun shu
03.01 公交 gong jiao
03.01.01 公交不到站 gong jiao bu dao zhan
03.01.02 公交线路调整 gong jiao xian lu tiao zheng
03.01.03 公交服务态度 gong jiao fu wu tai du
03.01.04 公交卡业务 gong jiao ka ye wu
03.02 出租车 chu zu che
03.02.01 拒载 ju zai
03.02.02 绕路 rao lu
03.02.03 出租车收费 chu zu che shou fei
03.02.04 网约车管理 wang yue che guan li
03.03 道路 dao lu
03.03.01 农村公路 nong cun gong lu
03.03.02 高速公路 gao su gong lu
03.03.03 桥梁隧道 qiao liang sui dao
03.04 客运 ke yun
03.04.01 长途客运 chang tu ke yun
03.04.02 火车站服务 huo che zhan fu wu
03.04.03 机场服务 ji chang fu wu
04 公安政务 gong an zheng wu
04.01 户籍 hu ji
04.01.01 户口迁移 hu kou qian yi
04.01.02 户口登记 hu kou deng ji
04.01.03 居住证 ju zhu zheng
04.02 证件 zheng jian
04.02.01 身份证 shen fen zheng
04.02.02 出入境证件 chu ru jing zheng jian
04.02.03 无犯罪记录证明 wu fan zui ji lu zheng ming
04.03 交通管理 jiao tong guan li
04.03.01 交通信号灯 jiao tong xin hao deng
04.03.02 交通标线 jiao tong biao xian
04.03.03 违章处理 wei zhang chu li
04.03.04 驾驶证业务 jia shi zheng ye wu
04.04 治安管理 zhi an guan li
04.04.01 养犬管理 yang quan guan li
04.04.02 烟花爆竹 yan hua bao zhu
04.04.03 出租屋管理 chu zu wu guan li
05 人力资源和社会保障 ren li zi yuan he she hui bao zhang
05.01 欠薪 qian xin
05.01.01 农民工欠薪 nong min gong qian xin
05.01.02 企业欠薪 qi ye qian xin
05.01.03 加班费争议 jia ban fei zheng yi
05.02 社会保险 she hui bao xian
05.02.01 养老保险 yang lao bao xian
05.02.02 失业保险 shi ye bao xian
05.02.03 社保缴费 she bao jiao fei
05.02.04 社保卡 she bao ka
05.03 就业 jiu ye
05.03.01 就业补贴 jiu ye bu tie
05.03.02 职业培训 zhi ye pei xun
05.03.03 招聘陷阱 zhao pin xian jing
05.04 工伤 gong shang
05.04.01 工伤认定 gong shang ren ding
05.04.02 工伤待遇 gong shang dai yu
06 医疗卫生 yi liao wei sheng
06.01 医疗保障 yi liao bao zhang
06.01.01 医保报销 yi bao bao xiao
06.01.02 异地就医 yi di jiu yi
06.01.03 医保缴费 yi bao jiao fei
06.02 医院服务 yi yuan fu wu
06.02.01 预约挂号 yu yue gua hao
06.02.02 医疗收费 yi liao shou fei
06.02.03 服务态度 fu wu tai du
06.02.04 医疗纠纷 yi liao jiu fen
06.03 疾病防控 ji bing fang kong
06.03.01 疫苗接种 yi miao jie zhong
06.03.02 传染病 chuan ran bing
06.03.03 病媒生物 bing mei sheng wu
07 教育 jiao yu
07.01 入学 ru xue
07.01.01 义务教育入学 yi wu jiao yu ru xue
07.01.02 转学 zhuan xue
07.01.03 高考中考 gao kao zhong kao
07.01.04 学区划分 xue qu hua fen
07.02 教育收费 jiao yu shou fei
07.02.01 学校收费 xue xiao shou fei
07.02.02 幼儿园收费 you er yuan shou fei
07.02.03 奖助学金 jiang zhu xue jin
07.03 校外培训 xiao wai pei xun
07.03.01 培训退费 pei xun tui fei
07.03.02 无证办学 wu zheng ban xue
07.03.03 违规补课 wei gui bu ke
07.04 校园管理 xiao yuan guan li
07.04.01 校园安全 xiao yuan an quan
07.04.02 校园食堂 xiao yuan shi tang
07.04.03 师德师风 shi de shi feng
08 市场监管 shi chang jian guan
08.01 消费维权 xiao fei wei quan
08.01.01 商品质量 shang pin zhi liang
08.01.02 预付卡退款 yu fu ka tui kuan
08.01.03 网络购物 wang luo gou wu
08.01.04 售后服务 shou hou fu wu
08.02 食品安全 shi pin an quan
08.02.01 食品变质 shi pin bian zhi
08.02.02 餐饮卫生 can yin wei sheng
08.02.03 无证经营 wu zheng jing ying
08.03 价格 jia ge
08.03.01 价格欺诈 jia ge qi zha
08.03.02 未明码标价 wei ming ma biao jia
08.04 特种设备 te zhong she bei
08.04.01 电梯安全 dian ti an quan
08.04.02 锅炉压力容器 guo lu ya li rong qi
08.04.03 游乐设施 you le she shi
08.05 药品管理 yao pin guan li
08.05.01 药品质量 yao pin zhi liang
08.05.02 医疗器械 yi liao qi xie
08.05.03 化妆品 hua zhuang pin
09 生态环境 sheng tai huan jing
09.01 大气污染 da qi wu ran
09.01.01 工业废气 gong ye fei qi
09.01.02 餐饮油烟 can yin you yan
09.01.03 秸秆焚烧 jie gan fen shao
09.02 水污染 shui wu ran
09.02.01 污水直排 wu shui zhi pai
09.02.02 黑臭水体 hei chou shui ti
09.03 噪声污染 zao sheng wu ran
09.03.01 工业噪声 gong ye zao sheng
09.03.02 交通噪声 jiao tong zao sheng
09.04 固体废物 gu ti fei wu
09.04.01 垃圾焚烧 la ji fen shao
09.04.02 危险废物 wei xian fei wu
09.04.03 建筑垃圾倾倒 jian zhu la ji qing dao
10 自然资源 zi ran zi yuan
10.01 土地 tu di
10.01.01 征地补偿 zheng di bu chang
10.01.02 违法占地 wei fa zhan di
10.01.03 土地纠纷 tu di jiu fen
10.02 不动产 bu dong chan
10.02.01 不动产登记 bu dong chan deng ji
10.02.02 不动产查询 bu dong chan cha xun
10.03 规划 gui hua
10.03.01 规划许可 gui hua xu ke
10.03.02 规划公示 gui hua gong shi
10.04 林业草原 lin ye cao yuan
10.04.01 乱砍滥伐 luan kan lan fa
10.04.02 野生动物 ye sheng dong wu
11 农业农村 nong ye nong cun
11.01 农业生产 nong ye sheng chan
11.01.01 种子农药 zhong zi nong yao
11.01.02 农业补贴 nong ye bu tie
11.01.03 农田灌溉 nong tian guan gai
11.02 农村建设 nong cun jian she
11.02.01 宅基地 zhai ji di
11.02.02 厕所改造 ce suo gai zao
11.02.03 村务公开 cun wu gong kai
11.03 畜牧水产 xu mu shui chan
11.03.01 动物疫病 dong wu yi bing
11.03.02 病死畜禽 bing si chu qin
12 民政 min zheng
12.01 低保救助 di bao jiu zhu
12.01.01 低保申请 di bao shen qing
12.01.02 临时救助 lin shi jiu zhu
12.01.03 流浪救助 liu lang jiu zhu
12.01.04 残疾人补贴 can ji ren bu tie
12.02 养老服务 yang lao fu wu
12.02.01 养老机构 yang lao ji gou
12.02.02 高龄津贴 gao ling jin tie
12.02.03 居家养老 ju jia yang lao
12.03 殡葬 bin zang
12.03.01 殡葬收费 bin zang shou fei
12.03.02 公墓管理 gong mu guan li
12.04 婚姻登记 hun yin deng ji
12.04.01 结婚登记 jie hun deng ji
12.04.02 离婚登记 li hun deng ji
13 能源通信 neng yuan tong xin
13.01 供电 gong dian
13.01.01 停电 ting dian
13.01.02 电压不稳 dian ya bu wen
13.01.03 电费争议 dian fei zheng yi
13.01.04 线路隐患 xian lu yin huan
13.02 电信 dian xin
13.02.01 宽带故障 kuan dai gu zhang
13.02.02 手机资费 shou ji zi fei
13.02.03 信号不好 xin hao bu hao
13.02.04 骚扰电话 sao rao dian hua
13.03 邮政快递 you zheng kuai di
13.03.01 快递丢失 kuai di diu shi
13.03.02 快递投递 kuai di tou di
13.03.03 快递服务 kuai di fu wu
14 税务财政 shui wu cai zheng
14.01 税务 shui wu
14.01.01 发票问题 fa piao wen ti
14.01.02 个人所得税 ge ren suo de shui
14.01.03 企业纳税 qi ye na shui
14.02 财政 cai zheng
14.02.01 政府采购 zheng fu cai gou
14.02.02 财政补贴 cai zheng bu tie
14.03 金融 jin rong
14.03.01 非法集资 fei fa ji zi
14.03.02 贷款纠纷 dai kuan jiu fen
14.03.03 银行服务 yin hang fu wu
15 文化旅游体育 wen hua lv you ti yu
15.01 文化 wen hua
15.01.01 公共文化设施 gong gong wen hua she shi
15.01.02 网吧管理 wang ba guan li
15.01.03 文物保护 wen wu bao hu
15.02 旅游 lv you
15.02.01 景区管理 jing qu guan li
15.02.02 旅行社纠纷 lv xing she jiu fen
15.02.03 旅游年卡 lv you nian ka
15.03 体育 ti yu
15.03.01 健身器材 jian shen qi cai
15.03.02 体育场馆 ti yu chang guan
16 应急消防 ying ji xiao fang
16.01 应急管理 ying ji guan li
16.01.01 安全生产 an quan sheng chan
16.01.02 自然灾害 zi ran zai hai
16.01.03 危险化学品 wei xian hua xue pin
16.02 消防 xiao fang
16.02.01 消防通道堵塞 xiao fang tong dao du se
16.02.02 消防设施 xiao fang she shi
16.02.03 电动车充电 dian dong che chong dian
17 司法法律 si fa fa lv
17.01 法律服务 fa lv fu wu
17.01.01 法律援助 fa lv yuan zhu
17.01.02 公证 gong zheng
17.01.03 人民调解 ren min tiao jie
17.02 司法行政 si fa xing zheng
17.02.01 律师管理 lv shi guan li
17.02.02 行政执法监督 xing zheng zhi fa jian du
18 营商环境 ying shang huan jing
18.01 企业开办 qi ye kai ban
18.01.01 营业执照 ying ye zhi zhao
18.01.02 经营许可 jing ying xu ke
18.01.03 企业注销 qi ye zhu xiao
18.02 惠企政策 hui qi zheng ce
18.02.01 政策咨询 zheng ce zi xun
18.02.02 补贴兑现 bu tie dui xian
18.02.03 招商承诺 zhao shang cheng nuo
18.03 企业诉求 qi ye su qiu
18.03.01 拖欠账款 tuo qian zhang kuan
18.03.02 涉企收费 she qi shou fei
18.03.03 融资需求 rong zi xu qiu
19 政务服务 zheng wu fu wu
19.01 窗口服务 chuang kou fu wu
19.01.01 办事流程 ban shi liu cheng
19.01.02 窗口态度 chuang kou tai du
19.01.03 网上办事 wang shang ban shi
19.02 工作作风 gong zuo zuo feng
19.02.01 推诿扯皮 tui wei che pi
19.02.02 不作为 bu zuo wei
19.02.03 办事拖延 ban shi tuo yan
19.03 热线服务 re xian fu wu
19.03.01 热线意见 re xian yi jian
19.03.02 办理进度查询 ban li jin du cha xun
99 其他 qi ta
99.01 其他诉求 qi ta su qiu
99.01.01 无法归类 wu fa gui lei
`
